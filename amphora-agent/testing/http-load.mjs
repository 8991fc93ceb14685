// Requests until standard input ends; then prints how many were answered and how many were not. With a rate, over
// connections that are kept; without one, a connection each and hardly a pause.
import { Agent, request } from 'node:http';

const [host, port, workers, perSecond] = process.argv.slice(2);
const isSteady = perSecond !== undefined;
const agent = isSteady && new Agent({ keepAlive: true, maxSockets: Number(workers) });
const timeout = isSteady ? 20_000 : 5000;
const figures = { ok: 0, failed: 0, reasons: {} };
const standardInput = process.stdin.resume();

function once() {
  return new Promise((resolve) => {
    const fail = (reason) => {
      figures.failed++;
      figures.reasons[reason] = (figures.reasons[reason] ?? 0) + 1;
      resolve();
    };
    const sent = request({ host, port, agent, timeout }, (response) => {
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

const intervalMs = isSteady ? (1000 * Number(workers)) / Number(perSecond) : 0;
const pauseMsMin = isSteady ? 0 : 2;
async function work() {
  let dueMs = performance.now();
  while (!standardInput.readableEnded) {
    await once();
    dueMs = Math.max(dueMs + intervalMs, performance.now() - 1000); // what was missed long ago is not caught up
    const pauseMs = Math.max(pauseMsMin, dueMs - performance.now());
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}
await Promise.all(Array.from({ length: Number(workers) }, work));
process.stdout.write(JSON.stringify(figures), () => process.exit(0));
