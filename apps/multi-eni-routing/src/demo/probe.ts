import { createSocket } from 'node:dgram';
import { connect } from 'node:net';

// Asks every "tcp/ADDRESS" and "udp/ADDRESS" of the arguments on port 7000, all at once, and prints one JSON
// object: what was asked, and whether it answered in time.
const [timeoutText, ...targets] = process.argv.slice(2);
const timeoutMs = Number(timeoutText);
const results = await Promise.all(targets.map(async (target) => [target, await ask(target)] as const));
process.stdout.write(`${JSON.stringify(Object.fromEntries(results))}\n`);
process.exit(0);

async function ask(target: string): Promise<boolean> {
  const [protocol, host = ''] = target.split('/');
  const deadline = new Promise<boolean>((resolve) => setTimeout(() => resolve(false), timeoutMs));
  return await Promise.race([protocol === 'udp' ? askUdp(host) : askTcp(host), deadline]);
}

function askTcp(host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(7000, host);
    socket.on('data', () => {
      resolve(true);
      socket.destroy();
    });
    socket.on('error', () => resolve(false));
  });
}

function askUdp(host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
    socket.on('message', () => resolve(true));
    socket.on('error', () => resolve(false));
    // Twice: the first packet may be lost to address resolution.
    socket.connect(7000, host, (error?: Error) => {
      if (error) {
        resolve(false);
        return;
      }
      socket.send('hello', () => undefined);
      setTimeout(() => socket.send('hello', () => undefined), 200).unref();
    });
  });
}
