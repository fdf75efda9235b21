// The load balancer's side of a test, run inside its namespace: sends what it is told and tells what comes back.
// In, one line each: {"port": source port, "hex": UDP payload}. Out: "ready", then {"port": source port, "hex": ...}.
import { createSocket } from 'node:dgram';
import { createInterface } from 'node:readline';

const [, , local, remote] = process.argv;
const senders = new Map();

const receiver = createSocket('udp4');
receiver.on('message', (data, from) => {
  process.stdout.write(`${JSON.stringify({ port: from.port, hex: data.toString('hex') })}\n`);
});
receiver.bind(6081, local, () => {
  try {
    receiver.setRecvBufferSize(4 << 20);
  } catch {
    // Smaller is fine.
  }
  process.stdout.write('ready\n');
});

async function senderOn(port) {
  const known = senders.get(port);
  if (known) return known;
  const socket = createSocket('udp4');
  const bound = new Promise((resolve) => socket.bind(port, local, () => resolve(socket)));
  socket.on('error', () => undefined);
  senders.set(port, bound);
  return bound;
}

for await (const line of createInterface({ input: process.stdin })) {
  const { port, hex } = JSON.parse(line);
  const socket = await senderOn(port);
  await new Promise((resolve) => socket.send(Buffer.from(hex, 'hex'), 6081, remote, resolve));
}
process.exit(0);
