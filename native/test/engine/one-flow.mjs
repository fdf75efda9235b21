// One inner flow through the appliance, packet by packet: one-flow.mjs HEADERS COUNT. HEADERS is a JSON list of Geneve
// headers in hex, taken by a seeded choice for each packet; prints how many came back with the header last sent.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';

const headers = JSON.parse(process.argv[2]).map((hex) => Buffer.from(hex, 'hex'));
const count = Number(process.argv[3]);
const inner = Buffer.from('4500001c00000000401100000a400001c612000112345678000800000000'.slice(0, 56), 'hex');
let sum = 0;
for (let at = 0; at < 20; at += 2) sum += inner.readUInt16BE(at);
inner.writeUInt16BE(~((sum & 0xffff) + (sum >> 16)) & 0xffff, 10);

const receiver = createSocket('udp4').bind(6081, '10.9.0.1');
const sender = createSocket('udp4').bind(50_000, '10.9.0.1');
await Promise.all([once(receiver, 'listening'), once(sender, 'listening')]);
let state = 7;
let right = 0;
let wrong = 0;
let lost = 0;
let last = 0;
for (let number = 0; number < count; number++) {
  state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
  // Runs of one header, so that each is learned before the next one comes.
  if (number % 3 === 0) last = (state >>> 16) % headers.length;
  const header = headers[last];
  const answer = once(receiver, 'message', {
    signal: AbortSignal.timeout(number === 0 ? 10_000 : 2_000),
  }).catch(() => undefined);
  sender.send(Buffer.concat([header, inner]), 6081, '10.9.0.2');
  const [message] = (await answer) ?? [];
  if (message === undefined) lost++;
  else if (message.subarray(0, header.length).equals(header)) right++;
  else wrong++;
}
receiver.close();
sender.close();
process.stdout.write(JSON.stringify({ right, wrong, lost }));
