import { createSocket, type Socket } from 'node:dgram';
import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises';
import { Fleet } from './fleet.ts';
import type { FromSender, SenderOptions, Sent, Step, ToSender } from './messages.ts';
import { PacketStore } from './packet-store.ts';

/**
 * A process that stands for a fleet. It signs the heartbeats of a step before it sends them, so that sending costs no
 * more than the system call, and every one has a sequence number of its own.
 */
const SOCKETS = 64;
const BURST_MAX = 256;

let sockets: readonly Socket[] = [];
let fleet: Fleet | null = null;
const packets = new PacketStore();
let amphorae = new Uint32Array(0);
let markPackets: Map<number, number> = new Map();

process.on('message', (message: ToSender) => {
  handle(message).then(answer, (error: unknown) =>
    answer({ kind: 'failed', reason: error instanceof Error ? error.message : String(error) }),
  );
});
process.on('disconnect', () => process.exit(0));

function answer(message: FromSender): void {
  process.send?.(message);
}

async function handle(message: ToSender): Promise<FromSender> {
  switch (message.kind) {
    case 'open':
      return open(message.options);
    case 'prepare':
      return prepare(message.step);
    case 'send':
      return send(message.rate);
  }
}

async function open(options: SenderOptions): Promise<FromSender> {
  fleet = new Fleet(options, Math.floor(Date.now() / 1000));
  const { port, sourcePorts = [] } = options;
  sockets = await Promise.all(
    Array.from({ length: SOCKETS }, (_, index) => connected(port, sourcePorts[index] ?? 0)),
  );
  return { kind: 'opened', sourcePorts: sockets.map((socket) => socket.address().port) };
}

async function connected(port: number, sourcePort: number): Promise<Socket> {
  const socket = createSocket('udp4');
  // A receiver that is gone would refuse, and that is seen in the count.
  socket.on('error', () => undefined);
  await new Promise<void>((resolve) => socket.bind(sourcePort, '127.0.0.1', resolve));
  await new Promise<void>((resolve) => socket.connect(port, '127.0.0.1', () => resolve()));
  return socket;
}

function prepare(step: Step): FromSender {
  const startedAt = performance.now();
  packets.clear();
  if (amphorae.length < step.packets) amphorae = new Uint32Array(step.packets);
  markPackets = new Map();
  fleet?.prepare(step, packets, amphorae, (mark, packet) => markPackets.set(packet, mark));
  return { kind: 'prepared', bytes: packets.bytes, tookMs: performance.now() - startedAt };
}

/** Sends all that is prepared, evenly, as many a millisecond as the rate asks for. */
async function send(rate: number): Promise<Sent> {
  const cpu = process.cpuUsage();
  const startedAt = performance.now();
  const markedAtMs: number[] = [];
  let lateMsMax = 0;
  let sent = 0;
  while (sent < packets.count) {
    const dueNow = Math.min(
      packets.count,
      Math.floor(((performance.now() - startedAt) * rate) / 1000),
    );
    const behind = dueNow - sent;
    lateMsMax = Math.max(lateMsMax, (behind / rate) * 1000);
    const end = sent + Math.min(behind, BURST_MAX);
    for (; sent < end; sent++) sendOne(sent, markedAtMs);
    await (sent < dueNow ? nextTurn() : delay(1));
  }
  const { user, system } = process.cpuUsage(cpu);
  const tookMs = performance.now() - startedAt;
  return {
    kind: 'sent',
    packets: sent,
    tookMs,
    cpuMs: (user + system) / 1000,
    lateMsMax,
    markedAtMs,
  };
}

function sendOne(packet: number, markedAtMs: number[]): void {
  // An amphora has one socket, as in life: the kernel hands all it sends to one thread.
  const socket = sockets[(amphorae[packet] as number) % SOCKETS] as Socket;
  socket.send(packets.at(packet));
  if (markPackets.size === 0) return;
  const mark = markPackets.get(packet);
  if (mark !== undefined) markedAtMs[mark] = performance.timeOrigin + performance.now();
}
