// A request every 20 ms, whatever becomes of those before it. Says so when the first is answered; when standard input
// ends it waits for one more answer, then prints how many were answered, how many were not, and the longest time in
// which none was.
import { request } from 'node:http';

const [host, port] = process.argv.slice(2);
const INTERVAL_MS = 20;
const LAST_ANSWER_MS = 20_000;
const figures = { ok: 0, failed: 0, longestGapMs: 0 };
let lastOkMs = performance.now();
let endingMs = Number.POSITIVE_INFINITY;

function once() {
  const sentMs = performance.now();
  const sent = request({ host, port, agent: false, timeout: 1000 }, (response) => {
    response.resume();
    response.on('error', () => figures.failed++);
    response.on('end', () => (response.statusCode === 200 ? note(sentMs) : figures.failed++));
  });
  sent.on('timeout', () => sent.destroy(new Error('timeout')));
  sent.on('error', () => figures.failed++);
  sent.end();
}

function note(sentMs) {
  const nowMs = performance.now();
  if (figures.ok++ === 0) process.stdout.write('serving\n');
  else figures.longestGapMs = Math.max(figures.longestGapMs, Math.round(nowMs - lastOkMs));
  lastOkMs = nowMs;
  if (sentMs > endingMs) end();
}

function end() {
  process.stdout.write(JSON.stringify(figures), () => process.exit());
}

setInterval(once, INTERVAL_MS);
process.stdin.resume().on('end', () => {
  endingMs = performance.now();
  setTimeout(end, LAST_ANSWER_MS);
});
