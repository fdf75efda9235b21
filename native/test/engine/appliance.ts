import type { EngineEvent, EngineStatistics } from '../../src/js/index.js';
import { createNamespace, type Namespace, runProcess, startProcess, type StartedProcess } from '@net/testing';
import { createInterface } from 'node:readline';
import { buildLoadgen, native } from '../programs.js';

export const redirectHook = `${native}loadgen/scripts/hook-redirect.sh`;
export const routeHook = `${native}loadgen/scripts/hook-route.sh`;

/** The generator's side and the appliance's side, joined by a cable. */
export interface Cable {
  readonly gwlb: Namespace;
  readonly appliance: Namespace;
  load(args: string): Promise<LoadResult>;
  remove(): void;
}

/** What `geneve_load` prints; see native/loadgen/README.md. */
export interface LoadResult {
  readonly sent: number;
  readonly returned: number;
  readonly lost: number;
  readonly duplicated: number;
  readonly crossed: number;
  readonly innerWrong: number;
  readonly outerWrong: number;
  readonly foreign: number;
  readonly large: number;
  readonly generatorDrops: number;
  readonly examples: readonly unknown[];
}

export async function createCable(): Promise<Cable> {
  const programs = await buildLoadgen();
  const gwlb = createNamespace('gnw');
  const appliance = createNamespace('gna');
  gwlb.ip(`link add vg mtu 9001 type veth peer name va mtu 9001 netns ${appliance.name}`);
  for (const namespace of [gwlb, appliance])
    namespace.exec(
      'sysctl',
      '-qw',
      'net.ipv6.conf.default.accept_dad=0',
      'net.ipv6.conf.default.router_solicitations=0',
    );
  appliance.exec(
    'sysctl',
    '-qw',
    'net.ipv4.ip_forward=1',
    'net.ipv6.conf.all.forwarding=1',
    'net.ipv4.conf.all.rp_filter=0',
    'net.ipv4.conf.default.rp_filter=0',
  );
  gwlb.ip('addr add 10.9.0.1/24 dev vg');
  appliance.ip('addr add 10.9.0.2/24 dev va');
  // A cable would hand large tunnelled packets over whole, which no network does and the generator does not cut.
  appliance.exec(
    'ethtool',
    '-K',
    'va',
    'tx-udp_tnl-segmentation',
    'off',
    'tx-udp_tnl-csum-segmentation',
    'off',
  );
  gwlb.ip('link set vg up');
  appliance.ip('link set va up');
  return {
    gwlb,
    appliance,
    load: async (args) => {
      const { command, args: words } = gwlb.wrap(
        `${programs}/geneve_load`,
        ...['--interface', 'vg', '--to', '10.9.0.2', ...args.split(' ')],
      );
      const result = await runProcess(command, words);
      if (result.code !== 0 && result.stdout === '') throw new Error(`geneve_load: ${result.stderr}`);
      return JSON.parse(result.stdout) as LoadResult;
    },
    remove: () => {
      gwlb.remove();
      appliance.remove();
    },
  };
}

/** A child process that runs the engine inside the appliance's namespace. */
export interface Host {
  readonly pid: number;
  readonly failed: { failed: string; message: string } | undefined;
  readonly events: readonly EngineEvent[];
  ask<T = boolean>(command: string): Promise<T>;
  stats(): Promise<EngineStatistics>;
  stop(): Promise<void>;
}

/** What every host of this file runs on; a suite sets it before its tests are declared. */
let datapath: object = {};
/** Whether known flows stay in the kernel, which cuts large packets by itself. */
export const usesKernel = (): boolean => 'datapath' in datapath;
export function useDatapath(config: object): void {
  datapath = config;
}

export async function startHost(cable: Cable, config: object, hook = redirectHook): Promise<Host> {
  const { command, args } = cable.appliance.wrap(
    process.execPath,
    `${native}test/engine/host.mjs`,
    JSON.stringify({ lanes: [{ udp: true, tun: true }], createPerSecond: 1000, ...datapath, ...config }),
    hook,
  );
  const started: StartedProcess = startProcess(command, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  // A host that ended by itself is told by its end, not by a broken pipe.
  started.child.stdin!.on('error', () => undefined);
  const events: EngineEvent[] = [];
  const answers = new Map<string, (answer: unknown) => void>();
  let failed: Host['failed'];
  createInterface({ input: started.child.stdout! }).on('line', (line) => {
    const message = JSON.parse(line) as {
      event?: EngineEvent;
      id?: string;
      answer?: unknown;
      failed?: string;
    };
    if (message.event) events.push(message.event);
    if (message.failed) failed = message as Host['failed'];
    if (message.id) answers.get(message.id)?.(message.answer);
  });
  await started.waitFor(/"started"|"failed"/);
  let last = 0;
  const ask = <T>(text: string): Promise<T> =>
    new Promise((resolve, reject) => {
      const id = String(++last);
      answers.set(id, (answer) => resolve(answer as T));
      void started.ended.then((end) =>
        reject(new Error(`the host ended (${end.code ?? end.signal}): ${end.stderr}`)),
      );
      started.child.stdin!.write(`${id} ${text}\n`);
    });
  return {
    pid: started.pid,
    get failed() {
      return failed;
    },
    events,
    ask,
    stats: () => ask<EngineStatistics>('stats'),
    stop: async () => {
      if (started.child.exitCode === null && started.child.signalCode === null)
        await ask('stop').catch(() => undefined);
      await started.stop();
    },
  };
}

/** Sum of one drop reason over the lanes. */
export function drops(
  stats: EngineStatistics,
  reason: keyof EngineStatistics['lanes'][number]['drops'],
): number {
  return stats.lanes.reduce((sum, lane) => sum + lane.drops[reason], 0);
}
