import { accessSync, constants } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { buildIp, decodeFlow, decodeGwlb, encodeGwlb, endpointNames, formatAddress, udp } from '@net/geneve';

import { type ApplianceWorld, createApplianceWorld } from '../appliance-world.js';
import type { TrafficResult } from '../geneve-traffic.js';
import { run, start } from '../processes.js';
import { isRoot, type Narrator, type Stage, StageError } from '../stage.js';

const packetsPerFlow = 200;
const flows = 10;
const refusedPort = 40_003;

/** Geneve traffic through an appliance whose firewall refuses one of ten flows. */
export const gwlbtun: Stage = {
  tool: 'gwlbtun',
  purpose: 'an appliance behind a Gateway Load Balancer, with an ordinary nftables rule',
  command: 'gwlbtun -c ./example-scripts/create-route.sh -p 8080',
  run: async (narrator, signal) => {
    const reason = whyNot();
    if (reason !== undefined) {
      narrator.step(`${reason}, so no tunnel: one packet of a load balancer, taken apart`);
      showPacket(narrator);
      return;
    }
    const world = await createApplianceWorld();
    try {
      await showAppliance(world, narrator, signal);
    } finally {
      await world.remove();
    }
  },
};

async function showAppliance(world: ApplianceWorld, narrator: Narrator, signal: AbortSignal): Promise<void> {
  narrator.step('built two namespaces: a load balancer and an appliance whose firewall refuses one flow');
  narrator.detail(`nft: udp sport ${refusedPort} counter drop`);
  await run('ip', ['netns', 'exec', world.appliance, 'nft', '-f', '-'], {
    input: `table inet tour {\n chain forward {\n type filter hook forward priority 0\n udp sport ${refusedPort} counter drop\n }\n}\n`,
  });
  const folder = dirname(fileURLToPath(import.meta.resolve('@net/gwlbtun/package.json')));
  const handler = start(
    'ip',
    [
      'netns',
      'exec',
      world.appliance,
      process.execPath,
      join(folder, 'bin', 'gwlbtun.js'),
      ...['-c', join(folder, 'example-scripts', 'create-route.sh')],
      ...['-p', '8080', '--health-address', world.applianceAddress, '-j'],
    ],
    signal,
  );
  try {
    await handler.waitFor(/listening|ready|started/i);
    const result = await sendTraffic(world, signal);
    narrator.step(
      `sent ${result.sent} Geneve packets of ${flows} flows over one endpoint: ${result.returned} came back, ${result.exact} with the byte-exact header of their flow`,
    );
    const rules = await run('ip', ['netns', 'exec', world.appliance, 'nft', 'list', 'table', 'inet', 'tour']);
    const dropped = Number(/counter packets (\d+)/.exec(rules)?.[1]);
    narrator.step(`the firewall counted ${dropped} packets of the refused flow`);
    const health = await run('ip', [
      'netns',
      'exec',
      world.balancer,
      process.execPath,
      trafficProgram('health.js'),
      world.applianceAddress,
    ]);
    for (const line of health.trim().split('\n')) narrator.detail(line);
    check(result, dropped);
  } finally {
    await handler.stop();
  }
  narrator.step('ended by SIGTERM: hooks run, interfaces gone');
}

function check(result: TrafficResult, dropped: number): void {
  const wanted = (flows - 1) * packetsPerFlow;
  if (result.returned !== wanted || result.exact !== wanted) {
    throw new StageError(`${wanted} packets should have come back exact, ${result.exact} did`);
  }
  if (dropped !== packetsPerFlow) throw new StageError(`the firewall should have counted ${packetsPerFlow}`);
}

async function sendTraffic(world: ApplianceWorld, signal: AbortSignal): Promise<TrafficResult> {
  const output = await run(
    'ip',
    [
      ...['netns', 'exec', world.balancer, process.execPath, trafficProgram('geneve-traffic.js')],
      ...[world.balancerAddress, world.applianceAddress, String(flows), String(packetsPerFlow)],
      String(refusedPort),
    ],
    { signal },
  );
  return JSON.parse(output) as TrafficResult;
}

function trafficProgram(name: string): string {
  return fileURLToPath(new URL(`../${name}`, import.meta.url));
}

function whyNot(): string | undefined {
  if (!isRoot()) return 'not root';
  try {
    accessSync('/dev/net/tun', constants.R_OK | constants.W_OK);
  } catch {
    return 'no /dev/net/tun';
  }
  return process.env['NET_WITHOUT_NATIVE'] === '1' ? 'the native data plane was not built' : undefined;
}

function showPacket(narrator: Narrator): void {
  const header = encodeGwlb({ endpointId: 0x0123456789ab0000n, attachmentId: 1n, flowCookie: 0x5eedc0de }, 4);
  const inner = buildIp({ source: '192.0.2.1', destination: '198.51.100.2', payload: udp(40_000, 53) });
  const decoded = decodeGwlb(new Uint8Array([...header, ...inner]));
  const flow = decodeFlow(inner);
  if (!decoded.ok || !flow.ok) throw new StageError('the packet did not decode');
  const names = endpointNames(decoded.value.endpointId);
  narrator.detail(
    `endpoint ${names.ingress} and ${names.egress}, flow cookie ${decoded.value.flowCookie.toString(16)}, from ${formatAddress(flow.value.source)} to ${formatAddress(flow.value.destination)}`,
  );
}
