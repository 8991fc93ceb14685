// As many requests as a number of kept connections take in a time: `load-client.mjs PORT CONNECTIONS MS`. It counts bytes
// of answers that are all alike and reads none but the first, so that HAProxy is what is measured. Prints their number.
import { connect } from 'node:net';

const [port, connections, durationMs] = process.argv.slice(2).map(Number);
const request = Buffer.from('GET / HTTP/1.1\r\nHost: bench\r\n\r\n');
const endMs = performance.now() + durationMs;
let answered = 0;

function work() {
  const socket = connect(port, '127.0.0.1', () => socket.write(request)).setNoDelay(true);
  let answerBytes = 0;
  let missingBytes = 0;
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.once('close', () => reject(new Error(`port ${port} closed a connection`)));
    socket.on('data', (chunk) => {
      if (answerBytes === 0) {
        const head = chunk.toString('latin1');
        if (!head.startsWith('HTTP/1.1 200 ')) return reject(new Error(`port ${port}: ${head}`));
        answerBytes = missingBytes = chunk.length;
      }
      missingBytes -= chunk.length;
      if (missingBytes > 0) return;
      missingBytes = answerBytes;
      answered++;
      if (performance.now() < endMs) return socket.write(request);
      resolve();
      socket.destroy();
    });
  });
}

await Promise.all(Array.from({ length: connections }, work));
process.stdout.write(String(answered));
