import { parseBlock } from '@net/iproute';

import type { EniFacts, HostFacts } from '../host-facts.js';

/** Reads one path below `/latest/meta-data/`; undefined for 404; rejects when there is no usable answer. */
export type MetadataReader = (path: string, signal?: AbortSignal) => Promise<string | undefined>;

const macsPath = 'network/interfaces/macs/';

/**
 * Reads the facts of every network interface from the instance metadata. Never rejects: an answer that is
 * missing, empty or odd takes the authority from the facts, so that nothing is removed because of it.
 *
 * Categories: EC2 User Guide, "Instance metadata categories", `network/interfaces/macs/`.
 */
export async function readImdsFacts(read: MetadataReader): Promise<HostFacts> {
  const notes: string[] = [];
  const list = await attempt(read, macsPath, notes);
  const macs = words(list).map((word) => word.replace(/\/$/, '').toLowerCase());
  const good = macs.filter((mac) => /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/.test(mac));
  if (good.length === 0 && notes.length === 0) notes.push('the instance metadata lists no network interface');
  const enis: EniFacts[] = [];
  for (const mac of good) enis.push(await readEni(read, mac, notes));
  return { source: 'imds', enis, authoritative: notes.length === 0 && good.length === macs.length, notes };
}

async function readEni(read: MetadataReader, mac: string, notes: string[]): Promise<EniFacts> {
  const base = `${macsPath}${mac}/`;
  const keys = new Set(words(await attempt(read, base, notes)).map((word) => word.replace(/\/$/, '')));
  const values = async (key: string): Promise<string[]> => {
    if (!keys.has(key)) return [];
    const found = words(await attempt(read, base + key, notes));
    const usable = found.filter((text) => parseBlock(text) !== undefined);
    if (usable.length === 0 || usable.length < found.length)
      notes.push(`instance metadata of ${mac}: ${key} is empty or unreadable`);
    return usable;
  };
  const [inet, inet6, prefixes, prefixes6, subnets, subnets6] = await Promise.all([
    values('local-ipv4s'),
    values('ipv6s'),
    values('ipv4-prefix'),
    values('ipv6-prefix'),
    values('subnet-ipv4-cidr-block'),
    values('subnet-ipv6-cidr-blocks'),
  ]);
  // Right after an interface is attached its entry is there before its addresses are.
  if (inet.length + inet6.length === 0) notes.push(`instance metadata of ${mac}: no address yet`);
  return {
    macAddress: mac,
    addresses: [...inet, ...inet6],
    prefixes: [...prefixes, ...prefixes6],
    subnets: [...subnets, ...subnets6],
    gateways: [],
  };
}

async function attempt(read: MetadataReader, path: string, notes: string[]): Promise<string | undefined> {
  try {
    const text = await read(path);
    if (text === undefined) notes.push(`instance metadata: no ${path}`);
    return text;
  } catch (error) {
    notes.push(`instance metadata: ${path}: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}

function words(text: string | undefined): string[] {
  return (text ?? '').split(/\s+/).filter((word) => word !== '');
}
