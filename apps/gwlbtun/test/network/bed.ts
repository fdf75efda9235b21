import {
  createNamespace,
  type Namespace,
  runProcess,
  startProcess,
  type StartedProcess,
  until,
} from '@net/testing';
import { encodeGwlb, endpointNames, fromHex, toHex } from '@net/geneve';
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';

const root = new URL('../../../../', import.meta.url).pathname;
const program = `${root}apps/gwlbtun/bin/gwlbtun.js`;
const loadgen = `${root}native/loadgen`;
const peerScript = new URL('geneve-peer.mjs', import.meta.url).pathname;

export const GWLB_ADDRESS = '10.9.0.1';
export const APPLIANCE_ADDRESS = '10.9.0.2';
export const ENI = 0x0123456789ab0000n;
/** Interfaces of ENI. */
export const NAMES = endpointNames(ENI);

/** An example script of this package. */
export function exampleScript(name: string): string {
  return `${root}apps/gwlbtun/example-scripts/${name}`;
}

/** What `geneve_load` counts. */
export interface LoadResult {
  readonly sent: number;
  readonly returned: number;
  readonly lost: number;
  readonly duplicated: number;
  readonly crossed: number;
  readonly innerWrong: number;
  readonly outerWrong: number;
  readonly foreign: number;
  readonly byEndpoint: readonly number[];
  readonly examples: readonly string[];
}

/** Counts of a run in which everything came back as it should. */
export const NOTHING_WRONG = {
  lost: 0,
  duplicated: 0,
  crossed: 0,
  innerWrong: 0,
  outerWrong: 0,
  foreign: 0,
  examples: [],
};

/** A packet that the load balancer's side got back. */
export interface Returned {
  readonly port: number;
  readonly geneve: Uint8Array;
}

/** The load balancer's side, packet by packet. */
export interface Peer {
  send(payload: Uint8Array | string, port?: number): void;
  /** What came back so far. */
  readonly returned: readonly Returned[];
  /** Waits until `count` packets came back. */
  waitFor(count: number): Promise<readonly Returned[]>;
  stop(): Promise<void>;
}

/** Two namespaces joined by a cable, with the handler in one and a load balancer in the other. */
export class Bed {
  readonly gwlb: Namespace = createNamespace('gwlb');
  readonly appliance: Namespace = createNamespace('appl');
  readonly #processes: StartedProcess[] = [];

  constructor(mtu = 9001) {
    this.gwlb.ip(`link add vg mtu ${mtu} type veth peer name va mtu ${mtu} netns ${this.appliance.name}`);
    for (const namespace of [this.gwlb, this.appliance])
      namespace.exec('sysctl', '-qw', 'net.ipv6.conf.default.accept_dad=0', 'net.ipv6.conf.all.accept_dad=0');
    this.appliance.exec('sysctl', '-qw', 'net.ipv4.ip_forward=1', 'net.ipv6.conf.all.forwarding=1');
    // GWLBTUN_DATAPATH=ebpf runs the suites with known flows in the kernel, which a cable needs to be told (README).
    if (process.env['GWLBTUN_DATAPATH'] === 'ebpf') this.appliance.exec('ethtool', '-K', 'va', 'tx', 'off');
    this.gwlb.ip(`addr add ${GWLB_ADDRESS}/24 dev vg`);
    this.appliance.ip(`addr add ${APPLIANCE_ADDRESS}/24 dev va`);
    this.gwlb.ip('link set vg up');
    this.appliance.ip('link set va up');
  }

  /** Starts the handler and waits until it has started. */
  async start(...args: string[]): Promise<StartedProcess> {
    const handler = this.launch(...args);
    await handler.waitFor(/gwlbtun \S+ started/);
    return handler;
  }

  /** Starts the handler without waiting. */
  launch(...args: string[]): StartedProcess {
    return this.track(this.appliance.wrap(process.execPath, program, ...args));
  }

  /** Starts a program; it is stopped with the bed. */
  track(
    wrapped: { readonly command: string; readonly args: string[] },
    env: NodeJS.ProcessEnv = process.env,
  ): StartedProcess {
    const started = startProcess(wrapped.command, wrapped.args, { stdio: ['pipe', 'pipe', 'pipe'], env });
    this.#processes.push(started);
    return started;
  }

  async peer(): Promise<Peer> {
    const started = this.track(this.gwlb.wrap(process.execPath, peerScript, GWLB_ADDRESS, APPLIANCE_ADDRESS));
    await started.waitFor(/^ready\n/);
    const returned = (): Returned[] =>
      started
        .output()
        .stdout.split('\n')
        .slice(1, -1)
        .map((line) => JSON.parse(line) as { port: number; hex: string })
        .map(({ port, hex }) => ({ port, geneve: fromHex(hex) }));
    return {
      send: (payload, port = 50_000) => {
        const hex = typeof payload === 'string' ? payload : toHex(payload);
        started.child.stdin?.write(`${JSON.stringify({ port, hex })}\n`);
      },
      get returned() {
        return returned();
      },
      waitFor: (count) =>
        until(
          `${count} returned packets`,
          () => {
            const now = returned();
            return now.length >= count && now;
          },
          20_000,
        ),
      stop: async () => {
        await started.stop();
      },
    };
  }

  /** Runs the traffic generator to its end. */
  async load(...args: string[]): Promise<LoadResult> {
    const tool = loadTool('geneve_load');
    const wrapped = this.gwlb.wrap(tool, '--interface', 'vg', '--to', APPLIANCE_ADDRESS, ...args);
    const result = await runProcess(wrapped.command, wrapped.args);
    if (result.code !== 0) throw new Error(`geneve_load ended with ${result.code}: ${result.stderr}`);
    return JSON.parse(result.stdout) as LoadResult;
  }

  /** Asks the health port in the appliance. */
  async health(port: number, path = '/'): Promise<{ status: number; body: string }> {
    const script = `const r = await fetch('http://127.0.0.1:${port}${path}'); console.log(JSON.stringify({ status: r.status, body: await r.text() }))`;
    const wrapped = this.appliance.wrap(process.execPath, '--input-type=module', '-e', script);
    const result = await runProcess(wrapped.command, wrapped.args);
    if (result.code !== 0) throw new Error(result.stderr);
    return JSON.parse(result.stdout) as { status: number; body: string };
  }

  /** Counters of the health report by their JSON names. */
  async report(port: number): Promise<Report> {
    return JSON.parse((await this.health(port)).body) as Report;
  }

  /** Names of the interfaces in the appliance. */
  devices(): string[] {
    return (JSON.parse(this.appliance.ip('-j link show')) as { ifname: string }[]).map(
      ({ ifname }) => ifname,
    );
  }

  async remove(): Promise<void> {
    await Promise.all(this.#processes.map((started) => started.stop(8_000)));
    this.gwlb.remove();
    this.appliance.remove();
  }
}

/** The part of the JSON report that the tests look at. */
export interface Report {
  readonly healthy: boolean;
  readonly reasons: string[];
  readonly drops: Record<string, number>;
  readonly endpointsCreated: number;
  readonly flows: { readonly size: number; readonly capacity: number; readonly evicted: number };
  readonly enis: {
    readonly eniStr: string;
    readonly tunnelIn: { readonly pktsOut: number; readonly threads: { readonly pktsIn: number }[] };
    readonly tunnelOut: { readonly threads: { readonly pktsIn: number }[] };
  }[];
}

/** A UDP payload of the load balancer. */
export function geneve(inner: Uint8Array, cookie = 0x5eedc0de, endpointId: bigint = ENI): Uint8Array {
  const header = encodeGwlb(
    { endpointId, attachmentId: 1n, flowCookie: cookie },
    inner[0]! >> 4 === 6 ? 6 : 4,
  );
  return new Uint8Array([...header, ...inner]);
}

/** The cookie of a returned packet, whose header is as `geneve` makes it. */
export function cookieOf(returned: Returned): number {
  return new DataView(returned.geneve.buffer, returned.geneve.byteOffset).getUint32(36);
}

let built = false;

/** A tool of the traffic generator, built when it is not there yet. */
export function loadTool(name: 'geneve_load' | 'gateway_tun'): string {
  const folder = `${loadgen}/build`;
  if (!built) {
    mkdirSync(folder, { recursive: true });
    // Several test processes may come here at once.
    const build = `cmake -S ${loadgen} -B ${folder} >/dev/null && cmake --build ${folder} -j2 >/dev/null`;
    execFileSync('flock', [`${folder}/.lock`, 'sh', '-c', build], { stdio: ['ignore', 'ignore', 'inherit'] });
    built = true;
  }
  return `${folder}/${name}`;
}
