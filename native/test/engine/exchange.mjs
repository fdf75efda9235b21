// Packets through the appliance one by one, each awaited: exchange.mjs ROUNDS, and on stdin a JSON list of Geneve headers and
// inner packets, [[header, packet], ...] in hex. Prints for each round which came back as they were sent, which with another
// header or changed, and which not at all, by their places in the list.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

const packets = JSON.parse(await text(process.stdin)).map(([header, inner]) =>
  Buffer.from(header + inner, 'hex'),
);
const receiver = createSocket('udp4').bind(6081, '10.9.0.1');
const sender = createSocket('udp4').bind(50_000, '10.9.0.1');
await Promise.all([once(receiver, 'listening'), once(sender, 'listening')]);
const rounds = [];
let isFirst = true;
for (let round = 0; round < Number(process.argv[2]); round++) {
  const result = { right: [], wrong: [], lost: [] };
  for (const [place, packet] of packets.entries()) {
    // The first one makes the endpoint.
    const patience = AbortSignal.timeout(isFirst ? 10_000 : 500);
    isFirst = false;
    const answer = once(receiver, 'message', { signal: patience }).catch(() => undefined);
    sender.send(packet, 6081, '10.9.0.2');
    const [message] = (await answer) ?? [];
    if (message === undefined) result.lost.push(place);
    else if (message.equals(packet)) result.right.push(place);
    else result.wrong.push(place);
  }
  rounds.push(result);
}
receiver.close();
sender.close();
process.stdout.write(JSON.stringify(rounds));
