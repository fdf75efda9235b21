import type { Destination } from '../model/destination.js';
import type { RouteTable, RouteTarget } from '../model/route-table.js';
import type { InterfaceFacts } from '../model/snapshot.js';
import type { InstanceDetails, RouteApi, RouteWrite } from '../observe/route-api.js';
import { exponential, logNormal } from './random.js';
import type { VirtualTime } from './virtual-time.js';

/** How the simulated API behaves. None of it is measured at AWS: these are assumptions to vary. */
export interface ApiModel {
  /** Median of a call's way there and back, together; log-normal with a spread of 0.5. */
  readonly latencyMs: number;
  /** Share of calls that take ten times as long. */
  readonly slowShare: number;
  /** Reads come from replicas that lag behind writes by an exponential time with this mean. */
  readonly meanLagMs: number;
  /** No replica lags more. */
  readonly mostLagMs: number;
}

/** A write that took effect. */
export interface EffectiveWrite {
  readonly atMs: number;
  readonly by: string;
  readonly to: RouteTarget;
}

interface Version {
  readonly atMs: number;
  readonly target: RouteTarget;
  readonly state: 'active' | 'blackhole';
}

/** One route table with one route, an owner that dies, and claimants. */
export class SimulatedVpc {
  readonly writes: EffectiveWrite[] = [];
  readonly #versions: Version[];
  readonly #time: VirtualTime;
  readonly #model: ApiModel;
  readonly #random: () => number;
  readonly #claimants: readonly string[];
  readonly #destination: Destination = { kind: 'ipv4', value: '0.0.0.0/0' };
  /** Calls by claimant and operation. */
  readonly calls: Map<string, number> = new Map();

  constructor(time: VirtualTime, model: ApiModel, random: () => number, claimants: readonly string[]) {
    this.#time = time;
    this.#model = model;
    this.#random = random;
    this.#claimants = claimants;
    this.#versions = [
      { atMs: Number.NEGATIVE_INFINITY, target: { kind: 'interface', id: OWNER }, state: 'active' },
    ];
  }

  /** The first owner's instance has stopped: from now on the route is a black hole. */
  fail(): void {
    const { target } = this.current;
    this.#versions.push({ atMs: this.#time.nowMs, target, state: 'blackhole' });
  }

  get current(): Version {
    return this.#versions.at(-1)!;
  }

  /** The API as one claimant has it. */
  api(by: string): RouteApi {
    return {
      describeTables: async () =>
        await this.#read(by, 'DescribeRouteTables', (version) => [this.#table(version)]),
      describeInterfaces: async (ids) =>
        await this.#read(by, 'DescribeNetworkInterfaces', (version) =>
          ids.map((id) => interfaceOf(id, id !== OWNER || version.target.id === OWNER)),
        ),
      describeInstances: async (query) =>
        await this.#read(by, 'DescribeInstances', (version) =>
          query.kind === 'tag'
            ? this.#claimants.map((id) => instanceOf(id, 'running'))
            : query.ids.map((id) => this.#instance(id, version)),
        ),
      describeStatusChecks: () => Promise.resolve([]),
      createRoute: () => Promise.reject(new Error('the route exists')),
      replaceRoute: async (write) => await this.#write(by, write),
      disableSourceDestCheck: () => Promise.resolve(),
    };
  }

  async #read<T>(by: string, operation: string, view: (version: Version) => T): Promise<T> {
    this.#count(by, operation);
    const halfMs = this.#latencyMs() / 2;
    await this.#time.sleep(halfMs);
    const lagMs = Math.min(this.#model.mostLagMs, exponential(this.#random, this.#model.meanLagMs));
    const asOfMs = this.#time.nowMs - lagMs;
    const result = view(this.#versions.findLast(({ atMs }) => atMs <= asOfMs) ?? this.#versions[0]!);
    await this.#time.sleep(halfMs);
    return result;
  }

  async #write(by: string, write: RouteWrite): Promise<void> {
    this.#count(by, 'ReplaceRoute');
    const halfMs = this.#latencyMs() / 2;
    await this.#time.sleep(halfMs);
    this.#versions.push({ atMs: this.#time.nowMs, target: write.to, state: 'active' });
    this.writes.push({ atMs: this.#time.nowMs, by, to: write.to });
    await this.#time.sleep(halfMs);
  }

  #latencyMs(): number {
    const usual = logNormal(this.#random, this.#model.latencyMs, 0.5);
    return this.#random() < this.#model.slowShare ? usual * 10 : usual;
  }

  #count(by: string, operation: string): void {
    const key = `${by} ${operation}`;
    this.calls.set(key, (this.calls.get(key) ?? 0) + 1);
  }

  #instance(id: string, version: Version): InstanceDetails {
    return instanceOf(
      id.replace('i-', 'eni-'),
      id === OWNER.replace('eni-', 'i-') && version.state === 'blackhole' ? 'stopped' : 'running',
    );
  }

  #table({ target, state }: Version): RouteTable {
    return {
      id: TABLE,
      vpcId: 'vpc-00000001',
      ownerId: ACCOUNT,
      isMain: true,
      subnetIds: [],
      gatewayIds: [],
      tags: {},
      routes: [
        {
          destination: this.#destination,
          target,
          state,
          origin: 'CreateRoute',
          instanceId: target.id.replace('eni-', 'i-'),
          instanceOwnerId: ACCOUNT,
        },
      ],
    };
  }
}

/** The interface that has the route at first. */
export const OWNER = 'eni-0000ffff';
export const TABLE = 'rtb-00000001';
const ACCOUNT = '123456789012';

function interfaceOf(id: string, isAttached: boolean): InterfaceFacts {
  return {
    id,
    ownerId: ACCOUNT,
    vpcId: 'vpc-00000001',
    status: isAttached ? 'in-use' : 'available',
    sourceDestCheck: false,
    privateAddress: '10.0.0.1',
    ipv6Address: undefined,
    attachment: isAttached
      ? { status: 'attached', instanceId: id.replace('eni-', 'i-'), instanceOwnerId: ACCOUNT, deviceIndex: 0 }
      : undefined,
  };
}

function instanceOf(interfaceId: string, state: string): InstanceDetails {
  return {
    id: interfaceId.replace('eni-', 'i-'),
    state,
    tags: { 'aws:autoscaling:groupName': 'nat' },
    interfaces: [{ id: interfaceId, deviceIndex: 0, attachmentStatus: 'attached', sourceDestCheck: false }],
  };
}
