// Begins a request, says so, and ends it when standard input ends; then prints the status of the answer.
import { connect } from 'node:net';

const [host, port, bytes] = process.argv.slice(2);
const socket = connect({ host, port: Number(port) });
let said = '';
socket.on('data', (chunk) => (said += chunk));
socket.on('error', () => {});
socket.on('close', () => process.stdout.write(said.split(' ')[1] ?? 'nothing'));
socket.write('POST / HTTP/1.1\r\nHost: late\r\nConnection: close\r\n', () =>
  process.stdout.write('begun\n'),
);
process.stdin
  .on('end', () =>
    socket.write(`X-Padding: ${'x'.repeat(Number(bytes))}\r\nContent-Length: 0\r\n\r\n`),
  )
  .resume();
