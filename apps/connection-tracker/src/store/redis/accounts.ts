import type { StoredAccount } from '../contract.js';
import { pairsOf, textsOf } from './connection/connection.js';
import type { Database } from './database.js';
import type { Originals } from './originals.js';

/** Accounts that one command writes. */
const STEP = 500;

/** Writes each as the original did, and exactly. */
export async function putAccounts(
  { connection, keys }: Database,
  accounts: readonly StoredAccount[],
): Promise<void> {
  for (let at = 0; at < accounts.length; at += STEP) {
    const part = accounts.slice(at, at + STEP);
    await Promise.all([
      connection.call(keys.accounts, [
        'HSET',
        keys.accounts,
        ...part.flatMap((account) => [account.id, JSON.stringify(account)]),
      ]),
      ...part.map((account) => {
        const key = keys.account(account.id);
        return connection.call(key, ['SET', key, originalText(account)]);
      }),
    ]);
  }
}

/** Those that we were given and those that the original left. */
export async function readAccounts(
  { connection, keys }: Database,
  originals: Originals,
): Promise<readonly StoredAccount[]> {
  const accounts = new Map<string, StoredAccount>();
  for (const [id, text] of pairsOf(await connection.call(keys.accounts, ['HGETALL', keys.accounts])))
    accounts.set(id, JSON.parse(text) as StoredAccount);
  const others = (await originals.accountIds()).filter((id) => !accounts.has(id));
  for (let at = 0; at < others.length; at += STEP) {
    const part = others.slice(at, at + STEP);
    const names = part.map(keys.account);
    const texts = textsOf(await connection.call(names[0] ?? '', ['MGET', ...names]));
    part.forEach((id, index) => {
      const account = readOriginal(id, texts[index]);
      if (account !== undefined) accounts.set(id, account);
    });
  }
  return [...accounts.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** The team service's item with `domain` and `regions`. */
function originalText({ id, name, domain, regions, attributes }: StoredAccount): string {
  return JSON.stringify({ ...attributes, id, ...(name !== undefined && { name }), domain, regions });
}

function readOriginal(id: string, text: string | undefined): StoredAccount | undefined {
  if (text === undefined) return undefined;
  let item: unknown;
  try {
    item = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof item !== 'object' || item === null || Array.isArray(item)) return undefined;
  const { id: _id, name, domain, regions, ...attributes } = item as Record<string, unknown>;
  return {
    id,
    name: typeof name === 'string' ? name : undefined,
    domain: typeof domain === 'string' ? domain : undefined,
    regions: Array.isArray(regions) ? regions.filter((each) => typeof each === 'string') : [],
    attributes,
  };
}
