import { readFile } from 'node:fs/promises';

import { parseBlock } from '@net/iproute';

import { EniRoutingError } from '../errors.js';
import type { EniFacts, HostFacts } from '../host-facts.js';

/**
 * Reads facts from a JSON file: `{"interfaces": [{"name": "eth1" or "mac": "02:...", "addresses": [],
 * "prefixes": [], "subnets": [], "gateways": []}]}`.
 *
 * @throws {EniRoutingError} NET_ENI_ROUTING_SOURCE naming the place in the file.
 */
export async function readFactsFile(path: string): Promise<HostFacts> {
  let document: unknown;
  try {
    document = JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    throw new EniRoutingError('NET_ENI_ROUTING_SOURCE', `${path}: ${(error as Error).message}`, {
      cause: error,
    });
  }
  return parseFacts(document, path);
}

/** Checks a document of the form above; `where` begins the messages. */
export function parseFacts(document: unknown, where: string): HostFacts {
  const list = isObject(document) ? document['interfaces'] : undefined;
  if (!Array.isArray(list)) throw bad(where, 'must hold a list "interfaces"');
  return {
    source: 'file',
    enis: list.map((item: unknown, index) => parseEni(item, `${where}: interfaces[${index}]`)),
    authoritative: true,
    notes: [],
  };
}

function parseEni(item: unknown, where: string): EniFacts {
  if (!isObject(item)) throw bad(where, 'must be an object');
  const known = ['name', 'mac', 'addresses', 'prefixes', 'subnets', 'gateways'];
  const stranger = Object.keys(item).find((key) => !known.includes(key));
  if (stranger !== undefined) throw bad(where, `unknown key ${JSON.stringify(stranger)}`);
  const { name, mac } = item;
  if (name !== undefined && (typeof name !== 'string' || name === ''))
    throw bad(`${where}.name`, 'must be a name');
  if (mac !== undefined && (typeof mac !== 'string' || !/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i.test(mac)))
    throw bad(`${where}.mac`, 'must be a MAC address such as 02:00:5e:00:53:01');
  if (name === undefined && mac === undefined) throw bad(where, 'needs a name or a mac');
  return {
    name,
    macAddress: mac?.toLowerCase(),
    addresses: blocks(item, 'addresses', where, 'address'),
    prefixes: blocks(item, 'prefixes', where, 'block'),
    subnets: blocks(item, 'subnets', where, 'block'),
    gateways: blocks(item, 'gateways', where, 'address'),
  };
}

function blocks(
  item: Readonly<Record<string, unknown>>,
  key: string,
  where: string,
  kind: 'address' | 'block',
): readonly string[] {
  const list = item[key] ?? [];
  if (!Array.isArray(list)) throw bad(`${where}.${key}`, 'must be a list');
  return list.map((text: unknown, index) => {
    const good =
      typeof text === 'string' && parseBlock(text) !== undefined && text.includes('/') === (kind === 'block');
    if (!good) throw bad(`${where}.${key}[${index}]`, `must be an IP ${kind}, is ${JSON.stringify(text)}`);
    return text;
  });
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function bad(where: string, what: string): EniRoutingError {
  return new EniRoutingError('NET_ENI_ROUTING_SOURCE', `${where}: ${what}`);
}
