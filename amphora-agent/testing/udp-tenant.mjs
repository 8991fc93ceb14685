// UDP servers and clients of a tenant in one process. A line of JSON asks, a line of JSON answers:
// ["serve", address, port, name], ["web", address, port, status], ["end", port], ["ask", host, port, timeoutMs, address?, localPort?].
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';

const servers = new Map();
const clients = new Map();
const webs = new Map();

function open(address) {
  return createSocket(address.includes(':') ? 'udp6' : 'udp4');
}

async function serve(address, port, name) {
  const socket = open(address);
  socket.on('message', (message, from) => {
    if (message.toString() !== 'X') socket.send(`${name} ${from.address}`, from.port, from.address);
  });
  socket.bind(port, address);
  await once(socket, 'listening');
  servers.set(port, [...(servers.get(port) ?? []), socket]);
  return true;
}

function end(port) {
  for (const socket of servers.get(port) ?? []) socket.close();
  servers.delete(port);
  return true;
}

async function clientAt(host, address, localPort) {
  const known = clients.get(localPort);
  if (known) return known;
  const socket = open(host);
  socket.on('error', () => {});
  socket.bind(localPort ?? 0, address);
  await once(socket, 'listening');
  if (localPort) clients.set(localPort, socket);
  return socket;
}

// Who answered; null when nobody did in time.
async function ask(host, port, timeoutMs, address, localPort) {
  const socket = await clientAt(host, address, localPort);
  const answer = new Promise((resolve) => {
    const timer = setTimeout(() => resolve(null), timeoutMs);
    socket.once('message', (message) => {
      clearTimeout(timer);
      resolve(message.toString());
    });
  });
  socket.send('hello', port, host);
  const said = await answer;
  socket.removeAllListeners('message');
  if (!localPort) socket.close();
  return said;
}

async function web(address, port, status) {
  const known = webs.get(port);
  webs.set(port, status);
  if (known !== undefined) return true;
  const server = createServer((_, response) => response.writeHead(webs.get(port)).end());
  server.listen(port, address);
  await once(server, 'listening');
  return true;
}

const commands = { serve, end, ask, web };
for await (const line of createInterface({ input: process.stdin })) {
  const [name, ...args] = JSON.parse(line);
  const answer = await commands[name](...args);
  process.stdout.write(`${JSON.stringify(answer ?? null)}\n`);
}
