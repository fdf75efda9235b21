import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';

// Answers "hello" on TCP port 7000 of every address, and echoes UDP on port 7000 of the addresses given as
// arguments: a UDP answer leaves with the address it was asked on only from a socket that is bound to it.
const port = 7000;
const addresses = process.argv.slice(2);
const waiting = addresses.map(
  (address) =>
    new Promise<void>((resolve) => {
      const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
      socket.on('message', (message, from) => socket.send(message, from.port, from.address));
      socket.bind(port, address, () => resolve());
    }),
);
const server = createServer((socket) => {
  socket.on('error', () => undefined);
  socket.end('hello');
});
waiting.push(new Promise<void>((resolve) => server.listen(port, '::', () => resolve())));
await Promise.all(waiting);
process.stdout.write('ready\n');
