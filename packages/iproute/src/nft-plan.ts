import { createHash } from 'node:crypto';

import type { DesiredState, Ownership } from './desired.js';
import { checkedNftName, type NftTable } from './nftables.js';
import type { Snapshot } from './snapshot.js';

/** One transaction of nftables. */
export interface NftAction {
  readonly kind: 'replace-nft-table' | 'remove-nft-table';
  /** What `nft -f -` reads. */
  readonly script: string;
  /** What brings back the table from before. */
  readonly inverse: string;
  readonly reason: string;
}

/** The transaction that brings the owned table to its wanted content; undefined when it is there already. */
export function planNftables(
  actual: Snapshot['nftTable'],
  desired: DesiredState['nftTable'],
  ownership: Ownership,
): NftAction | undefined {
  if (ownership.nftTable === undefined) return undefined;
  const name = `${ownership.nftTable.family} ${checkedNftName(ownership.nftTable.name)}`;
  const remove = `add table ${name}\ndelete table ${name}\n`;
  const inverse = actual === undefined ? remove : remove + actual.text;
  if (desired === undefined) {
    if (actual === undefined) return undefined;
    return {
      kind: 'remove-nft-table',
      script: `delete table ${name}\n`,
      inverse,
      reason: 'not wanted any more',
    };
  }
  const comment = fingerprint(desired.body);
  if (
    actual !== undefined &&
    actual.table.comment === comment &&
    shape(actual.table) === bodyShape(desired.body)
  )
    return undefined;
  const script = `${remove}table ${name} {\n  comment "${comment}"\n${desired.body}\n}\n`;
  return { kind: 'replace-nft-table', script, inverse, reason: desired.reason };
}

// nft prints rules in its own spelling, which differs between versions, so text cannot be compared with text.
// The table carries the digest of the script it was made from; a chain or rule added or removed since shows
// in the shape.
function fingerprint(body: string): string {
  return `sha256:${createHash('sha256').update(body).digest('hex').slice(0, 32)}`;
}

function shape(table: NftTable): string {
  return table.chains.map((chain) => `${chain.name}:${chain.rules.length}`).join(' ');
}

function bodyShape(body: string): string {
  const chains: { name: string; rules: number }[] = [];
  for (const line of body.split('\n').map((text) => text.trim())) {
    const name = /^chain (\S+) \{$/.exec(line)?.[1];
    if (name !== undefined) chains.push({ name, rules: 0 });
    else if (line !== '' && line !== '}' && !line.startsWith('type ')) {
      const last = chains.at(-1);
      if (last) last.rules += 1;
    }
  }
  return chains.map((chain) => `${chain.name}:${chain.rules}`).join(' ');
}
