// Runs inside the load balancer's namespace: sends Geneve packets of several flows and compares the headers of
// what comes back. Arguments: own address, appliance's address, flows, packets a flow, source port refused.
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';

import { buildIp, decodeFlow, decodeGeneve, encodeGwlb, toHex, udp } from '@net/geneve';

/** What was sent and what came back. */
export interface TrafficResult {
  readonly sent: number;
  readonly returned: number;
  /** Of the returned: those whose Geneve header is byte for byte the one of their flow. */
  readonly exact: number;
}

const genevePort = 6081;
const firstPort = 40_000;
const endpointId = 0x0123456789ab0000n;

const [own = '', appliance = '', flowsText = '0', packetsText = '0', refusedText = '0'] =
  process.argv.slice(2);
const flows = Number(flowsText);
const packets = Number(packetsText);
const returningFlows = flows - (isOneOfOurs(Number(refusedText)) ? 1 : 0);
const expected = returningFlows * packets;
// Fewer than a default receive buffer holds, so that nothing is lost in the generator itself.
const mostUnderWay = 64;

const headers = Array.from({ length: flows }, (_, flow) =>
  encodeGwlb({ endpointId, attachmentId: 7n, flowCookie: 0x5eed0000 + flow }, 4),
);
const received = { returned: 0, exact: 0 };
const receiver = await bound(genevePort);
let wake = (): void => undefined;
receiver.on('message', (message) => {
  received.returned++;
  const header = decodeGeneve(message);
  if (header.ok) {
    const length = header.value.headerLength;
    const flow = decodeFlow(message.subarray(length));
    const number = flow.ok ? flow.value.sourcePort - firstPort : -1;
    if (toHex(message.subarray(0, length)) === toHex(headers[number] ?? new Uint8Array())) received.exact++;
  }
  wake();
});

const senders = await Promise.all(headers.map(() => bound(0)));
// The first packet makes the tunnel; the rest follow when it has come back.
await send(0, 0);
await until(1);
for (let number = 0; number < packets; number++) {
  for (let flow = 0; flow < flows; flow++) if (number > 0 || flow > 0) await send(flow, number);
  await until((number + 1) * returningFlows - mostUnderWay, 1_000);
}
await until(expected, 5_000);
for (const socket of [receiver, ...senders]) socket.close();
process.stdout.write(`${JSON.stringify({ sent: flows * packets, ...received } satisfies TrafficResult)}\n`);

async function bound(port: number): Promise<Socket> {
  const socket = createSocket('udp4');
  socket.bind(port, own);
  await once(socket, 'listening');
  return socket;
}

async function send(flow: number, number: number): Promise<void> {
  const payload = new TextEncoder().encode(`packet ${number} of flow ${flow}`);
  const inner = buildIp({
    source: '192.0.2.10',
    destination: '198.51.100.20',
    payload: udp(firstPort + flow, 443, payload),
  });
  await new Promise<void>((resolve, reject) => {
    senders[flow]?.send(
      Buffer.concat([headers[flow] ?? new Uint8Array(), inner]),
      genevePort,
      appliance,
      (error) => {
        if (error) reject(error);
        else resolve();
      },
    );
  });
}

/** Waits until so many have come back, or until `patienceMs` have passed: what is lost is then seen in the count. */
async function until(count: number, patienceMs = 10_000): Promise<void> {
  if (received.returned >= count) return;
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, patienceMs);
    wake = () => {
      if (received.returned < count) return;
      clearTimeout(timer);
      resolve();
    };
  });
}

function isOneOfOurs(port: number): boolean {
  return port >= firstPort && port < firstPort + flows;
}
