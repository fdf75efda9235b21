import { readFile } from 'node:fs/promises';
import { SessionMirrorError } from '../errors.js';
import type { FilterRule } from '../model/snapshot.js';
import { type FilterSpec, fullTrafficFilter } from '../policy/filter-spec.js';

/** What a file says about sessions. */
export interface FilterFile {
  readonly filter: FilterSpec;
  readonly packetLength: number | undefined;
  readonly virtualNetworkId: number | undefined;
}

/**
 * Reads a filter as YAML or JSON:
 *
 * ```yaml
 * name: web only
 * description: What the sensors look at   # default: made of the name
 * services: [amazon-dns]
 * packetLength: 256
 * virtualNetworkId: 77
 * rules:
 *   - { direction: ingress, number: 10, action: accept, protocol: tcp, destinationPorts: 80-443 }
 * ```
 *
 * A rule's `source` and `destination` are CIDRs, by default every IPv4 address; `protocol` is `tcp`, `udp`, `icmp`,
 * `icmpv6` or a number; ports are a number or `FROM-TO`.
 *
 * @throws {SessionMirrorError} NET_SESSION_MIRROR_FILTER with the place in the file
 */
export async function readFilterFile(path: string): Promise<FilterFile> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw new SessionMirrorError('NET_SESSION_MIRROR_FILTER', `${path}: ${(error as Error).message}`, {
      cause: error,
    });
  }
  return await parseFilterFile(text, path);
}

/** The same for a text. */
export async function parseFilterFile(text: string, at: string): Promise<FilterFile> {
  const { parse } = await import('yaml');
  let value: unknown;
  try {
    value = parse(text, { maxAliasCount: 20 });
  } catch (error) {
    const [line = ''] = (error as Error).message.split('\n');
    throw new SessionMirrorError('NET_SESSION_MIRROR_FILTER', `${at}: ${line}`, { cause: error });
  }
  const file = record(value, at);
  onlyKeys(file, ['name', 'description', 'services', 'rules', 'packetLength', 'virtualNetworkId'], at);
  const name = word(file['name'] ?? fullTrafficFilter.name, `${at}: name`);
  const rules = list(file['rules'] ?? [], `${at}: rules`).map((rule, index) =>
    readRule(rule, `${at}: rules[${index}]`),
  );
  for (const direction of ['ingress', 'egress'] as const) {
    const ofDirection = rules.filter((rule) => rule.direction === direction);
    if (ofDirection.length > MAX_RULES)
      fail(`${at}: rules`, `${ofDirection.length} ${direction} rules are more than ${MAX_RULES}`);
    const numbers = new Set(ofDirection.map(({ number }) => number));
    if (numbers.size < ofDirection.length)
      fail(`${at}: rules`, `two ${direction} rules have the same number`);
  }
  if (rules.length > MAX_RULES) fail(`${at}: rules`, `${rules.length} rules are more than ${MAX_RULES}`);
  if (rules.length === 0) fail(`${at}: rules`, 'a filter without rules mirrors nothing');
  const services = list(file['services'] ?? [], `${at}: services`).map((service) => {
    if (service !== 'amazon-dns') fail(`${at}: services`, 'expected amazon-dns');
    return 'amazon-dns' as const;
  });
  const description = word(file['description'] ?? `${name} (session-mirror)`, `${at}: description`);
  return {
    filter: { name, description, rules, services: [...new Set(services)] },
    packetLength: optionalNumber(file['packetLength'], 1, 8_500, `${at}: packetLength`),
    virtualNetworkId: optionalNumber(file['virtualNetworkId'], 0, 0xff_ffff, `${at}: virtualNetworkId`),
  };
}

/** "Traffic mirroring quotas": rules of a filter. */
const MAX_RULES = 10;

const PROTOCOLS: Readonly<Record<string, number>> = { icmp: 1, tcp: 6, udp: 17, icmpv6: 58 };

function readRule(value: unknown, at: string): FilterRule {
  const rule = record(value, at);
  onlyKeys(
    rule,
    ['direction', 'number', 'action', 'source', 'destination', 'protocol', 'sourcePorts', 'destinationPorts'],
    at,
  );
  const { direction, action } = rule;
  if (direction !== 'ingress' && direction !== 'egress')
    fail(`${at}.direction`, 'expected ingress or egress');
  if (action !== 'accept' && action !== 'reject') fail(`${at}.action`, 'expected accept or reject');
  const source = cidr(rule['source'] ?? everyAddress(rule['destination']), `${at}.source`);
  const destination = cidr(rule['destination'] ?? everyAddress(rule['source']), `${at}.destination`);
  if (source.includes(':') !== destination.includes(':'))
    fail(at, 'source and destination are of two families');
  const protocol = readProtocol(rule['protocol'], `${at}.protocol`);
  const sourcePorts = readPorts(rule['sourcePorts'], `${at}.sourcePorts`);
  const destinationPorts = readPorts(rule['destinationPorts'], `${at}.destinationPorts`);
  if ((sourcePorts ?? destinationPorts) !== undefined && protocol !== 6 && protocol !== 17)
    fail(at, 'ports are for tcp and udp');
  return {
    direction: direction,
    number: optionalNumber(rule['number'], 1, 32_766, `${at}.number`) ?? fail(`${at}.number`, 'is missing'),
    action: action,
    source,
    destination,
    protocol,
    sourcePorts,
    destinationPorts,
  };
}

function everyAddress(other: unknown): string {
  return typeof other === 'string' && other.includes(':') ? '::/0' : '0.0.0.0/0';
}

function cidr(value: unknown, at: string): string {
  const text = word(value, at);
  const [, address = '', length = ''] = /^([0-9a-fA-F.:]+)\/(\d{1,3})$/.exec(text) ?? [];
  const most = address.includes(':') ? 128 : 32;
  const isAddress = address.includes(':')
    ? URL.canParse(`http://[${address}]/`)
    : /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?!$)|$)){4}$/.test(address);
  return isAddress && Number(length) <= most
    ? text
    : fail(at, `${JSON.stringify(text.slice(0, 60))} is no CIDR`);
}

function readProtocol(value: unknown, at: string): number | undefined {
  if (value === undefined || value === 'all' || value === -1) return undefined;
  if (typeof value === 'string' && Object.hasOwn(PROTOCOLS, value)) return PROTOCOLS[value];
  return optionalNumber(value, 0, 255, at);
}

function readPorts(value: unknown, at: string): readonly [number, number] | undefined {
  if (value === undefined) return undefined;
  const [from, to = from] = String(value as string | number)
    .split('-')
    .map(Number);
  const isPort = (port: number | undefined): port is number =>
    port !== undefined && Number.isInteger(port) && port >= 0 && port <= 65_535;
  return isPort(from) && isPort(to) && from <= to ? [from, to] : fail(at, 'expected a port or FROM-TO');
}

function optionalNumber(value: unknown, least: number, most: number, at: string): number | undefined {
  if (value === undefined || value === null) return undefined;
  const number = typeof value === 'string' ? Number(value) : value;
  return typeof number === 'number' && Number.isInteger(number) && number >= least && number <= most
    ? number
    : fail(at, `expected a whole number from ${least} to ${most}`);
}

function record(value: unknown, at: string): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : fail(at, 'expected keys and values');
}

function list(value: unknown, at: string): readonly unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : fail(at, 'expected a list');
}

function word(value: unknown, at: string): string {
  return typeof value === 'string' && value.trim() !== '' && value.length <= 255
    ? value
    : fail(at, 'expected a text of 1 to 255 characters');
}

function onlyKeys(value: Readonly<Record<string, unknown>>, keys: readonly string[], at: string): void {
  const unknown = Object.keys(value).find((key) => !keys.includes(key));
  if (unknown !== undefined)
    fail(at, `${JSON.stringify(unknown.slice(0, 60))} is not known; known are ${keys.join(', ')}`);
}

function fail(at: string, what: string): never {
  throw new SessionMirrorError('NET_SESSION_MIRROR_FILTER', `${at}: ${what}`);
}
