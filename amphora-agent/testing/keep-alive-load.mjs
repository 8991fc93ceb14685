// Requests at a steady rate over connections that are kept, until standard input ends; then prints how they went.
import { Agent, request } from 'node:http';

const CONNECTIONS = 25;
const [host, port, perSecond] = process.argv.slice(2);
const figures = { ok: 0, failed: 0, reasons: {} };
const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
const standardInput = process.stdin.resume();

function once() {
  return new Promise((resolve) => {
    const fail = (reason) => {
      figures.failed++;
      figures.reasons[reason] = (figures.reasons[reason] ?? 0) + 1;
      resolve();
    };
    const sent = request({ host, port, agent, timeout: 20_000 }, (response) => {
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

const intervalMs = (1000 * CONNECTIONS) / Number(perSecond);
async function work() {
  let dueMs = performance.now();
  while (!standardInput.readableEnded) {
    await once();
    dueMs = Math.max(dueMs + intervalMs, performance.now() - 1000);
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, dueMs - performance.now())));
  }
}
await Promise.all(Array.from({ length: CONNECTIONS }, work));
process.stdout.write(JSON.stringify(figures));
process.exit(0);
