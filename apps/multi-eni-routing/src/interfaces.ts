import type { Address, Family, Link, Route, Snapshot } from '@net/iproute';
import {
  contains,
  formatAddress,
  formatBlock,
  ownsRoute,
  ownsRule,
  parseBlock,
  printable,
  widthOf,
} from '@net/iproute';

import type { EniFacts, HostFacts } from './host-facts.js';
import { ownershipOf, type Settings, slotCount } from './settings.js';

/** One interface with what shall answer on it. */
export interface ManagedInterface {
  readonly name: string;
  readonly index: number;
  /** Set up: only then does the kernel take routes through it. */
  readonly up: boolean;
  /** Number of its table within the block; kept from run to run. */
  readonly slot: number;
  readonly table: number;
  readonly addresses: readonly string[];
  /** Delegated prefixes, as blocks. */
  readonly prefixes: readonly string[];
  /** Blocks that are reached on the link itself. */
  readonly subnets: readonly string[];
  readonly gateways: Readonly<Partial<Record<Family, Gateway>>>;
}

/** Where the default route goes; without an address the link itself is the way. */
export interface Gateway {
  readonly address: string | undefined;
  /** Where it is known from, in words. */
  readonly from: string;
}

/** The interfaces to manage, in the kernel's order, and remarks about what is odd. */
export interface InterfaceSurvey {
  readonly interfaces: readonly ManagedInterface[];
  readonly notes: readonly string[];
}

/** Finds the interfaces to manage and all that is known of each. Pure. */
export function surveyInterfaces(snapshot: Snapshot, facts: HostFacts, settings: Settings): InterfaceSurvey {
  const notes: string[] = [...facts.notes];
  const known = new Map<Link, EniFacts | undefined>();
  const ownership = ownershipOf(settings);
  const ours = new Set(
    snapshot.routes.filter((route) => ownsRoute(ownership, route)).map((route) => route.device),
  );
  for (const link of [...snapshot.links].sort((a, b) => a.index - b.index)) {
    const eni = factsOf(link, facts);
    // A source that fell silent must not make the tool forget whom it looks after.
    const before = !facts.authoritative && ours.has(link.name);
    if (isManaged(link, eni, before, settings)) known.set(link, eni);
  }
  const byLink = addressesByLink(snapshot);
  const content = [...known].map(([link, eni]) => ({ link, ...contentOf(link, eni, byLink, settings) }));
  const inUse = content.filter((item) => item.addresses.length + item.prefixes.length > 0);
  const slots = assignSlots(inUse, snapshot, settings);
  const byPlace = index(snapshot, settings);
  const interfaces: ManagedInterface[] = [];
  for (const [position, item] of inUse.entries()) {
    const slot = slots[position];
    if (slot === undefined) {
      notes.push(`no table left for ${printable(item.link.name)}: the block has ${slotCount}`);
      continue;
    }
    const eni = known.get(item.link);
    const subnets = subnetsOf(item.link, eni, byPlace);
    const gateways: Partial<Record<Family, Gateway>> = {};
    for (const family of ['inet', 'inet6'] as const) {
      if (![...item.addresses, ...item.prefixes].some((text) => familyOf(text) === family)) continue;
      const gateway = gatewayOf(item.link, family, eni, subnets, byPlace);
      if (gateway) gateways[family] = gateway;
      else
        notes.push(`${printable(item.link.name)}: no ${family === 'inet' ? 'IPv4' : 'IPv6'} gateway known`);
    }
    interfaces.push({
      name: item.link.name,
      index: item.link.index,
      up: item.link.flags.includes('UP'),
      slot,
      table: settings.table + slot,
      addresses: item.addresses,
      prefixes: item.prefixes,
      subnets,
      gateways,
    });
  }
  return { interfaces, notes };
}

/** Family of an address or block. */
export function familyOf(text: string): Family {
  return text.includes(':') ? 'inet6' : 'inet';
}

/** True when `name` matches one of the patterns, in which `*` and `?` stand for any characters and any one. */
export function matchesPattern(name: string, patterns: readonly string[]): boolean {
  return patterns.some((pattern) => {
    const source = pattern
      .replace(/[^\w*?]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.');
    return new RegExp(`^${source}$`, 's').test(name);
  });
}

function factsOf(link: Link, facts: HostFacts): EniFacts | undefined {
  const macs = [link.macAddress, link.permanentMacAddress];
  return facts.enis.find(
    (eni) =>
      (eni.name !== undefined && eni.name === link.name) ||
      (eni.macAddress !== undefined && macs.includes(eni.macAddress) && sharesNoMac(link)),
  );
}

// VLANs, bridges and macvlans carry the MAC address of the interface below them.
function sharesNoMac(link: Link): boolean {
  return link.kind === undefined || link.kind === 'veth';
}

function isManaged(link: Link, eni: EniFacts | undefined, before: boolean, settings: Settings): boolean {
  if (link.flags.includes('LOOPBACK') || link.master !== undefined) return false;
  if (matchesPattern(link.name, settings.exclude)) return false;
  if (settings.interfaces.length > 0) return matchesPattern(link.name, settings.interfaces);
  return eni !== undefined || before || (link.kind === undefined && link.linkType === 1);
}

function contentOf(
  link: Link,
  eni: EniFacts | undefined,
  byLink: ReadonlyMap<number, readonly Address[]>,
  settings: Settings,
): { readonly addresses: readonly string[]; readonly prefixes: readonly string[] } {
  const addresses = new Set<string>();
  const own = (byLink.get(link.index) ?? []).filter((address) => isAnswering(address));
  for (const address of own) addresses.add(address.address);
  for (const text of eni?.addresses ?? []) {
    const block = parseBlock(text);
    if (block) addresses.add(formatAddress(block.family, block.base));
  }
  const prefixes = new Set<string>();
  const delegated = settings.prefixes
    .filter((item) => item.interface === link.name)
    .map((item) => item.block);
  for (const text of [...(eni?.prefixes ?? []), ...delegated]) {
    const block = parseBlock(text);
    if (block) prefixes.add(formatBlock(block));
  }
  return { addresses: [...addresses], prefixes: [...prefixes] };
}

function isAnswering(address: Address): boolean {
  if (address.scope >= 253 || address.flags.includes('dadfailed')) return false;
  return !/^(127\.|169\.254\.|fe[89ab][0-9a-f]:|::1$)/.test(address.address);
}

// An interface keeps the table that its routes or rules already use, so that others coming and going never
// move it.
function assignSlots(
  items: readonly { link: Link; addresses: readonly string[]; prefixes: readonly string[] }[],
  snapshot: Snapshot,
  settings: Settings,
): (number | undefined)[] {
  const ownership = ownershipOf(settings);
  const byDevice = new Map<string, number>();
  const bySource = new Map<string, number>();
  for (const route of snapshot.routes)
    if (ownsRoute(ownership, route) && route.device !== undefined && !byDevice.has(route.device))
      byDevice.set(route.device, route.table - settings.table);
  for (const rule of snapshot.rules) {
    const slot = (rule.table ?? 0) - settings.table;
    if (!ownsRule(ownership, rule) || rule.source === undefined || slot < 0 || slot >= slotCount) continue;
    if (!bySource.has(rule.source)) bySource.set(rule.source, slot);
  }
  const taken = new Set<number>();
  const slots = items.map((item) => {
    const blocks = [...item.addresses.map((text) => `${text}/${widthOf(familyOf(text))}`), ...item.prefixes];
    const before = [byDevice.get(item.link.name), ...blocks.map((block) => bySource.get(block))];
    const slot = before.find((candidate) => candidate !== undefined && !taken.has(candidate));
    if (slot !== undefined) taken.add(slot);
    return slot;
  });
  const used = new Set([...taken, ...byDevice.values(), ...bySource.values()]);
  let next = 0;
  return slots.map((slot) => {
    if (slot !== undefined) return slot;
    while (used.has(next)) next++;
    if (next >= slotCount) return undefined;
    used.add(next);
    return next;
  });
}

function addressesByLink(snapshot: Snapshot): Map<number, Address[]> {
  const byLink = new Map<number, Address[]>();
  for (const address of snapshot.addresses) {
    const list = byLink.get(address.linkIndex);
    if (list) list.push(address);
    else byLink.set(address.linkIndex, [address]);
  }
  return byLink;
}

interface Places {
  readonly byDevice: ReadonlyMap<string, readonly Route[]>;
  readonly addresses: ReadonlyMap<number, readonly Address[]>;
  readonly local: ReadonlySet<string>;
}

function index(snapshot: Snapshot, settings: Settings): Places {
  const ownership = ownershipOf(settings);
  const byDevice = new Map<string, Route[]>();
  const put = (device: string | undefined, route: Route): void => {
    if (device === undefined) return;
    const list = byDevice.get(device);
    if (list) list.push(route);
    else byDevice.set(device, [route]);
  };
  for (const route of snapshot.routes) {
    if (ownsRoute(ownership, route) || route.table === 255 || route.type !== 'unicast') continue;
    put(route.device, route);
    for (const hop of route.nextHops) put(hop.device, { ...route, ...hop, nextHops: [] });
  }
  return {
    byDevice,
    addresses: addressesByLink(snapshot),
    local: new Set(snapshot.addresses.map((address) => address.address)),
  };
}

function subnetsOf(link: Link, eni: EniFacts | undefined, places: Places): string[] {
  const subnets = new Set<string>();
  for (const address of places.addresses.get(link.index) ?? []) {
    if (!isAnswering(address) || address.peer !== undefined) continue;
    if (address.prefixLength >= widthOf(address.family) - 1) continue;
    add(subnets, `${address.address}/${address.prefixLength}`);
  }
  for (const route of places.byDevice.get(link.name) ?? []) {
    const block = parseBlock(route.destination);
    if (route.table !== 254 || route.gateway !== undefined || block === undefined) continue;
    const reserved = /^(169\.254\.|fe80:|ff)/.test(route.destination);
    if (block.length > 0 && block.length < widthOf(block.family) - 1 && !reserved)
      add(subnets, route.destination);
  }
  for (const text of eni?.subnets ?? []) {
    // IPv6 in a VPC is not always on-link: there the subnet's block only tells the router.
    if (eni?.name === undefined && familyOf(text) === 'inet6') continue;
    add(subnets, text);
  }
  return [...subnets];
}

function add(subnets: Set<string>, text: string): void {
  const block = parseBlock(text);
  if (block) subnets.add(formatBlock(block));
}

function gatewayOf(
  link: Link,
  family: Family,
  eni: EniFacts | undefined,
  subnets: readonly string[],
  places: Places,
): Gateway | undefined {
  const told = eni?.gateways.find((text) => familyOf(text) === family);
  if (told !== undefined) return { address: told, from: 'the source' };
  const every = family === 'inet' ? '0.0.0.0/0' : '::/0';
  const defaults = (places.byDevice.get(link.name) ?? [])
    .filter((route) => route.family === family && route.destination === every)
    .sort((a, b) => Number(b.table === 254) - Number(a.table === 254) || a.metric - b.metric);
  const [best] = defaults;
  if (best) return { address: best.gateway, from: `the default route of protocol ${best.protocol}` };
  for (const text of [...subnets, ...(eni?.subnets ?? [])]) {
    const block = parseBlock(text);
    if (block?.family !== family || block.length >= widthOf(family) - 1) continue;
    const first = formatAddress(family, block.base + 1n);
    if (!places.local.has(first)) return { address: first, from: `the first host of ${text}` };
  }
  return undefined;
}

/** True when `inner` is a proper part of `outer`. */
export function isInside(inner: string, outer: string): boolean {
  const a = parseBlock(inner);
  const b = parseBlock(outer);
  return a !== undefined && b !== undefined && a.length > b.length && contains(b, a);
}
