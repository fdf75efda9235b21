import type { Networks } from './networks.js';
import type { ReverseNames } from './reverse-names.js';

/** Names of sources: who an address outside is. */
export interface SourceNames {
  /** The names of these addresses, by the original's order: known hosts and networks, reverse DNS, the address itself. */
  nameAll(addresses: Iterable<string>, signal?: AbortSignal): Promise<ReadonlyMap<string, string>>;
  /** The reverse name alone; null: none. */
  reverseOf(address: string, signal?: AbortSignal): Promise<string | null>;
  /** Replaces the hosts of one origin: NAT hosts and databases of an account and region. */
  setHosts(origin: string, hosts: Readonly<Record<string, string>>): void;
  /** Every address that has or had a name; null: its look-up failed. Later ones win, as in the original. */
  entries(): ReadonlyMap<string, string | null>;
}

/** Networks come first, hosts of accounts next, databases and reverse look-ups last: later ones overwrite. */
export function createSourceNames(networks: Networks, reverse: ReverseNames): SourceNames {
  const hosts = new Map<string, Readonly<Record<string, string>>>();
  const hostOf = (address: string): string | undefined => {
    let found: string | undefined;
    for (const names of hosts.values()) if (Object.hasOwn(names, address)) found = names[address];
    return found;
  };
  const nameOf = async (address: string, signal?: AbortSignal): Promise<string> => {
    const known = hostOf(address) ?? networks.nameOf(address);
    if (known !== undefined) return known;
    const host = await reverse.lookUp(address, signal);
    return host === null ? address : `${host}/${address}`;
  };
  return {
    nameAll: async (addresses, signal) => {
      const names = new Map<string, string>();
      await Promise.all(
        [...new Set(addresses)].map(async (address) => {
          names.set(address, await nameOf(address, signal));
        }),
      );
      return names;
    },
    reverseOf: (address, signal) => reverse.lookUp(address, signal),
    setHosts: (origin, names) => {
      hosts.delete(origin);
      hosts.set(origin, names);
    },
    entries: () => {
      const all = new Map<string, string | null>();
      for (const { name, cidr } of networks.entries)
        if (isOneAddress(cidr)) all.set(cidr.replace(/\/.*$/, ''), name);
      for (const names of hosts.values())
        for (const [address, name] of Object.entries(names)) all.set(address, name);
      for (const [address, host] of reverse.entries())
        if (!all.has(address)) all.set(address, host === null ? null : `${host}/${address}`);
      return all;
    },
  };
}

function isOneAddress(cidr: string): boolean {
  return !cidr.includes('/') || /\/(?:32|128)$/.test(cidr);
}
