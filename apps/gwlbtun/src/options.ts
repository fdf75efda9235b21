import { HandlerError } from './errors.js';
import { parseCoreList } from './lanes/core-list.js';
import { LOG_LEVELS, LOG_SECTIONS } from './logs/logging-option.js';
import { option, type OptionsFor } from '@net/cli';

/** Values of the options of `gwlbtun run`. Durations in milliseconds. */
export interface RunValues {
  readonly cmdnew: string | undefined;
  readonly cmddel: string | undefined;
  readonly timeout: number;
  readonly idle: number;
  readonly port: number | undefined;
  readonly simple: boolean;
  readonly hex: boolean;
  readonly udpthreads: number | undefined;
  readonly udpaffinity: readonly number[] | undefined;
  readonly tunthreads: number | undefined;
  readonly tunaffinity: readonly number[] | undefined;
  readonly logging: string | undefined;
  readonly healthFormat: 'text' | 'json' | 'original' | 'simple' | undefined;
  readonly healthAddress: string | undefined;
  readonly unhealthyDrops: number;
  readonly metricsPort: number | undefined;
  readonly metricsAddress: string;
  readonly hookTimeout: number;
  readonly requireHook: boolean;
  readonly whileHook: 'queue' | 'pass';
  readonly maxFlows: number;
  readonly maxEndpoints: number;
  readonly createRate: number;
  readonly endpoint: readonly bigint[];
  readonly allowFrom: readonly string[];
  readonly listen: string;
  readonly genevePort: number;
  readonly sharePort: boolean;
  readonly datapath: 'auto' | 'user' | 'ebpf';
  readonly kernelFlows: number;
  readonly persist: boolean;
  readonly persistDirectory: string | undefined;
  readonly handOver: boolean;
  readonly offload: boolean;
  readonly decapOnly: boolean;
  readonly mtu: number;
  readonly outerChecksum: 'auto' | 'zero' | 'computed';
  readonly returnPath: 'auto' | 'raw' | 'packet';
  readonly keepDscp: boolean;
  readonly receiveBuffer: number;
  readonly drain: number;
  readonly pcap: string | undefined;
  readonly pcapSize: number;
  readonly pcapFiles: number;
  readonly capture: 'outer' | 'inner' | 'all';
  readonly sampleEvery: number;
  readonly snap: number;
}

const HOOKS = 'Hooks';
const HEALTH = 'Health';
const THREADS = 'Threads';
const LIMITS = 'Limits';
const DATA = 'Data plane';
const CAPTURE = 'Capture';

/** Where what outlives the process has its names. */
export const persistDirectory: OptionsFor<{ persistDirectory: string | undefined }>['persistDirectory'] =
  option.string({
    group: DATA,
    placeholder: 'DIR',
    defaultText: '/sys/fs/bpf/gwlbtun-PORT',
    describe: 'Where --persist keeps its maps, in a bpf file system',
  });

/** The default of `--persist-directory`. */
export function persistDirectoryOf(port: number): string {
  return `/sys/fs/bpf/gwlbtun-${port}`;
}

/** The options of `gwlbtun run`: the original's, by its letters and names, then this handler's own. */
export const runOptions: OptionsFor<RunValues> = {
  cmdnew: option.string({
    short: 'c',
    group: HOOKS,
    placeholder: 'FILE',
    describe: 'Program to run when a tunnel has been made: FILE CREATE gwi-X gwo-X ENIHEX',
  }),
  cmddel: option.string({
    short: 'r',
    group: HOOKS,
    placeholder: 'FILE',
    describe: 'Program to run before a tunnel is removed: FILE DESTROY gwi-X gwo-X ENIHEX',
  }),
  hookTimeout: option.duration({
    group: HOOKS,
    default: 30_000,
    min: 100,
    max: 3_600_000,
    describe: 'A hook that takes longer is stopped',
  }),
  requireHook: option.flag({
    group: HOOKS,
    describe:
      'A tunnel carries packets only after its CREATE hook ended with status 0; a failed hook is tried again',
  }),
  whileHook: option.choice({
    choices: ['queue', 'pass'],
    group: HOOKS,
    default: 'queue',
    describe: 'Packets of a new tunnel wait in a bounded queue for its CREATE hook, or go on at once',
  }),
  timeout: option.duration({
    short: 't',
    group: LIMITS,
    placeholder: 'TIME',
    default: 0,
    max: 2_147_483_000,
    describe: 'Remove a tunnel after so long without a packet in either direction; 0: never',
  }),
  idle: option.duration({
    short: 'i',
    group: LIMITS,
    placeholder: 'TIME',
    default: 350_000,
    min: 1_000,
    max: 2_147_483_000,
    describe: 'Forget a flow after so long without a packet; what the Gateway Load Balancer is set to',
  }),
  maxFlows: option.integer({
    group: LIMITS,
    default: 1_048_576,
    min: 1_024,
    max: 268_435_456,
    describe: 'Flow entries kept at most; a connection seen in both directions takes two',
  }),
  maxEndpoints: option.integer({
    group: LIMITS,
    default: 256,
    min: 1,
    max: 4_096,
    describe: 'Tunnels at one time at most',
  }),
  createRate: option.integer({
    group: LIMITS,
    default: 16,
    min: 1,
    max: 10_000,
    describe: 'Tunnels made a second at most',
  }),
  endpoint: option.value({
    group: LIMITS,
    placeholder: 'HEX',
    repeatable: true,
    commaSeparated: true,
    describe: 'Make tunnels for these endpoint ids only; default: any',
    parse: parseEndpoint,
  }),
  allowFrom: option.value({
    group: LIMITS,
    placeholder: 'CIDR',
    repeatable: true,
    commaSeparated: true,
    describe: 'Accept Geneve from these IPv4 networks only; default: any',
    parse: parseCidr,
  }),
  port: option.integer({
    short: 'p',
    group: HEALTH,
    min: 0,
    max: 65_535,
    describe: 'Answer health checks on this TCP port: the report on any path, /healthz, /metrics; 0: none',
  }),
  simple: option.flag({
    short: 's',
    group: HEALTH,
    describe: 'Answer health checks with the status code only',
  }),
  healthFormat: option.choice({
    choices: ['text', 'json', 'original', 'simple'],
    group: HEALTH,
    defaultText: 'text, json with -j, simple with -s',
    describe: 'Form of the report; original: the JSON of the original, mistakes included',
  }),
  healthAddress: option.string({
    group: HEALTH,
    placeholder: 'ADDRESS',
    defaultText: 'every address',
    describe: 'Address of the health port',
  }),
  unhealthyDrops: option.integer({
    group: HEALTH,
    default: 0,
    min: 0,
    describe: 'Answer 503 above so many packets a second lost here by overload; 0: no limit',
  }),
  metricsPort: option.integer({
    group: HEALTH,
    min: 1,
    max: 65_535,
    describe: 'Serve /metrics and /healthz on a port of their own, too',
  }),
  metricsAddress: option.string({
    group: HEALTH,
    default: '127.0.0.1',
    placeholder: 'ADDRESS',
    describe: 'Address of the metrics port',
  }),
  udpthreads: option.integer({
    group: THREADS,
    min: 1,
    max: 128,
    placeholder: 'NUM',
    defaultText: 'one for each core',
    describe: 'Threads that receive Geneve',
  }),
  udpaffinity: option.value({
    group: THREADS,
    placeholder: 'AFFIN',
    describe: 'The same on these cores, such as 1-2,4,7-8; wins over udpthreads',
    parse: parseCoreList,
  }),
  tunthreads: option.integer({
    group: THREADS,
    min: 1,
    max: 128,
    placeholder: 'NUM',
    defaultText: 'one for each core',
    describe: 'Threads that serve the tunnels; joined with those for Geneve where possible',
  }),
  tunaffinity: option.value({
    group: THREADS,
    placeholder: 'AFFIN',
    describe: 'The same on these cores; wins over tunthreads',
    parse: parseCoreList,
  }),
  logging: option.string({
    group: 'Logging',
    placeholder: 'SECTION=LEVEL,...',
    describe: `Sections: ${LOG_SECTIONS.join(' ')} all. Levels: ${LOG_LEVELS.join(' ')}. Default: info`,
  }),
  datapath: option.choice({
    choices: ['auto', 'user', 'ebpf'],
    group: DATA,
    default: 'auto',
    describe:
      'ebpf: known flows stay in the kernel, threads have the rest; user: threads have all; auto: ebpf where it can be loaded',
  }),
  kernelFlows: option.integer({
    group: DATA,
    default: 262_144,
    min: 1024,
    max: 1 << 24,
    describe: 'Flows that the kernel path holds at most (about 256 bytes each); others take the long way',
  }),
  persist: option.flag({
    group: DATA,
    describe:
      'Kernel path and interfaces stay when this process is killed; the next one with --persist takes them over',
  }),
  persistDirectory,
  handOver: option.flag({
    group: DATA,
    describe: 'With --persist: leave them to the next process at SIGTERM, too, without DESTROY hooks',
  }),
  offload: option.flag({
    group: DATA,
    default: true,
    describe: 'Segmentation offloads; --no-offload: every packet passes the interfaces by itself',
  }),
  decapOnly: option.flag({ group: DATA, describe: 'Deliver packets and return nothing' }),
  listen: option.value({
    group: DATA,
    placeholder: 'ADDRESS',
    default: '0.0.0.0',
    describe: 'IPv4 address to receive Geneve on',
    parse: parseIpv4,
  }),
  genevePort: option.integer({
    group: DATA,
    default: 6081,
    min: 1,
    max: 65_535,
    describe: 'UDP port of Geneve',
  }),
  sharePort: option.flag({
    group: DATA,
    describe:
      'Share the Geneve port with other instances that do the same; otherwise a second one is refused',
  }),
  mtu: option.integer({
    group: DATA,
    default: 8500,
    min: 1280,
    max: 65_535,
    describe: 'MTU of the interfaces',
  }),
  outerChecksum: option.choice({
    choices: ['auto', 'zero', 'computed'],
    group: DATA,
    default: 'auto',
    describe:
      'UDP checksum of returned packets; auto: 0, but computed in runs that leave by segmentation offload',
  }),
  returnPath: option.choice({
    choices: ['auto', 'raw', 'packet'],
    group: DATA,
    default: 'auto',
    describe: 'How packets return: raw through the OUTPUT chain, packet straight to the device',
  }),
  keepDscp: option.flag({ group: DATA, describe: 'Return packets with the outer DSCP that they came with' }),
  receiveBuffer: option.integer({
    group: DATA,
    default: 4 << 20,
    min: 65_536,
    max: 1 << 30,
    placeholder: 'BYTES',
    describe: 'Socket receive buffer of each thread',
  }),
  drain: option.duration({
    group: DATA,
    default: 200,
    max: 60_000,
    describe: 'At the end, go on returning what comes out of the interfaces for so long',
  }),
  hex: option.flag({ short: 'x', group: CAPTURE, describe: 'Dump sampled packets in hex into the log' }),
  pcap: option.string({
    group: CAPTURE,
    placeholder: 'FILE',
    describe: 'Write sampled packets to FILE (pcap); full files become FILE.1, FILE.2, ...',
  }),
  pcapSize: option.integer({
    group: CAPTURE,
    default: 100_000_000,
    min: 1_000,
    placeholder: 'BYTES',
    describe: 'Size at which a capture file is full',
  }),
  pcapFiles: option.integer({
    group: CAPTURE,
    default: 5,
    min: 1,
    max: 1_000,
    describe: 'Capture files kept',
  }),
  capture: option.choice({
    choices: ['outer', 'inner', 'all'],
    group: CAPTURE,
    default: 'outer',
    describe: 'What is captured: Geneve packets, the packets at the interfaces, or both',
  }),
  sampleEvery: option.integer({
    group: CAPTURE,
    default: 1,
    min: 1,
    max: 1_000_000_000,
    placeholder: 'N',
    describe: 'Capture one packet of N',
  }),
  snap: option.integer({
    group: CAPTURE,
    default: 2_048,
    min: 64,
    max: 65_535,
    placeholder: 'BYTES',
    describe: 'Bytes captured of each packet',
  }),
};

/** Reads an endpoint id: up to 17 hex digits with leading zeros, `vpce-` in front allowed. */
function parseEndpoint(text: string): bigint {
  const digits = /^(?:vpce-|0x)?([0-9a-fA-F]{1,17})$/.exec(text)?.[1];
  const value = digits === undefined ? undefined : BigInt(`0x${digits}`);
  if (value === undefined || value >= 1n << 64n)
    throw new HandlerError('NET_GWLBTUN_OPTION', 2, 'is not an endpoint id (up to 16 hex digits)');
  return value;
}

function parseIpv4(text: string): string {
  const octets = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text)?.slice(1) ?? [];
  if (octets.length !== 4 || octets.some((octet) => Number(octet) > 255 || /^0\d/.test(octet)))
    throw new HandlerError('NET_GWLBTUN_OPTION', 2, 'is not an IPv4 address');
  return text;
}

function parseCidr(text: string): string {
  const [address, bits, ...rest] = text.split('/');
  parseIpv4(address ?? '');
  if (rest.length > 0 || (bits !== undefined && (!/^\d{1,2}$/.test(bits) || Number(bits) > 32)))
    throw new HandlerError('NET_GWLBTUN_OPTION', 2, 'is not an IPv4 network');
  return bits === undefined ? `${text}/32` : text;
}
