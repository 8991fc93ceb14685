#!/usr/bin/env node
// The part of a provider that runs beside the driver agent: it does the work, and says when it is done.
import { connect } from 'node:net';
import { pathToFileURL } from 'node:url';
import pg from 'pg';
import { CHANNEL } from './index.mjs';

const TIMEOUT_MS = 10_000;

/**
 * Listens for work until it is closed.
 * @param database URL of Octavia's database
 * @param statusSocket path of the driver agent's socket for statuses
 * @param failed told of work that could not be reported
 */
export async function startAgent({ database, statusSocket, failed }) {
  const client = new pg.Client({ connectionString: database });
  // One after the other: of two reports on one object the later one must win.
  let last = Promise.resolve();
  client.on('notification', ({ payload }) => {
    last = last.then(() => work(JSON.parse(payload), statusSocket)).catch(failed);
  });
  client.on('error', failed);
  await client.connect();
  await client.query(`listen ${CHANNEL}`);
  return {
    async close() {
      await client.end();
      await last;
    },
  };
}

/** Here a real provider would talk to its appliance. */
async function work({ noun, id, status }, statusSocket) {
  const isGone = status === 'DELETED';
  const report = {
    id,
    provisioning_status: status,
    ...(isGone ? {} : { operating_status: 'ONLINE' }),
  };
  const answer = await ask(statusSocket, { [noun]: [report] });
  if (answer.status_code !== 200) throw new Error(`${noun} ${id}: ${answer.fault_string}`);
}

/** One request in octavia-lib's framing: the length in digits, a newline, then JSON; the answer likewise. */
async function ask(path, request) {
  const body = Buffer.from(JSON.stringify(request));
  const socket = connect(path);
  socket.setTimeout(TIMEOUT_MS, () => socket.destroy(new Error(`no answer on ${path}`)));
  socket.write(`${body.length}\n`);
  socket.write(body);
  const chunks = [];
  for await (const chunk of socket) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString('utf8');
  return JSON.parse(text.slice(text.indexOf('\n') + 1));
}

const complain = (error) => console.error('octavia-example-agent:', error.message);

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { OCTAVIA_DATABASE: database, OCTAVIA_STATUS_SOCKET: statusSocket } = process.env;
  const agent = await startAgent({ database, statusSocket, failed: complain });
  process.once('SIGTERM', () => void agent.close());
}
