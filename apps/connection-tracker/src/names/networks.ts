import { type Prefix, parsePrefix, PrefixTable } from '@net/flowlogs';

/** Named networks of NETWORKS, and what of it could not be read. */
export interface Networks {
  /** Name of the most specific network around an address; undefined: none. */
  nameOf(address: string): string | undefined;
  readonly entries: readonly { readonly name: string; readonly cidr: string }[];
  /** Items that are none, by position from 1, with why: the others count all the same. */
  readonly rejected: readonly { readonly position: number; readonly reason: string }[];
}

/**
 * Reads `name=cidr,name=cidr`. A CIDR with host bits set means the network around it; an item that is none is rejected
 * by position and never keeps the tracker from starting. Networks are kept as prefixes, whatever their size.
 */
export function parseNetworks(text: string): Networks {
  const table = new PrefixTable<string>();
  const entries: { name: string; cidr: string }[] = [];
  const rejected: { position: number; reason: string }[] = [];
  const items = text.split(',').map((item) => item.trim());
  items.forEach((item, index) => {
    if (item === '') return;
    const at = item.indexOf('=');
    const name = item.slice(0, at).trim();
    const cidr = item.slice(at + 1).trim();
    const prefix = at < 1 || name === '' ? undefined : parsePrefix(cidr);
    if (prefix === undefined) {
      const reason =
        at < 1 ? 'is not name=cidr' : `${JSON.stringify(cidr.slice(0, 50))} is no address or CIDR`;
      rejected.push({ position: index + 1, reason });
      return;
    }
    table.add(prefix, name);
    entries.push({ name, cidr });
  });
  return { nameOf: (address) => match(table, address), entries, rejected };
}

function match(table: PrefixTable<string>, address: string): string | undefined {
  const prefix: Prefix | undefined = parsePrefix(address);
  return prefix === undefined ? undefined : table.match(prefix.address);
}
