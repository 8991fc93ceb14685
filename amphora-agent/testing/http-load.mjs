// Requests, one connection each, until standard input ends; then prints how many were answered and how many were not.
import { request } from 'node:http';

const [host, port, workers] = process.argv.slice(2);
const figures = { ok: 0, failed: 0, reasons: {} };
const standardInput = process.stdin.resume();

function once() {
  return new Promise((resolve) => {
    const fail = (reason) => {
      figures.failed++;
      figures.reasons[reason] = (figures.reasons[reason] ?? 0) + 1;
      resolve();
    };
    const sent = request({ host, port, agent: false, timeout: 5000 }, (response) => {
      response.resume();
      response.on('error', (error) => fail(error.message));
      response.on('end', () => {
        if (response.statusCode !== 200) return fail(`status ${response.statusCode}`);
        figures.ok++;
        resolve();
      });
    });
    sent.on('timeout', () => sent.destroy(new Error('timeout')));
    sent.on('error', (error) => fail(error.message));
    sent.end();
  });
}

async function work() {
  while (!standardInput.readableEnded) {
    await once();
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
await Promise.all(Array.from({ length: Number(workers) }, work));
process.stdout.write(JSON.stringify(figures));
