/** An AWS account whose flow logs are read. */
export interface Account {
  /** Digits; twelve of them at AWS. */
  readonly id: string;
  /** Undefined where the list has none: an account without a name is still an account. */
  readonly name: string | undefined;
  /** Everything else that the list says of it, kept for `accounts:<id>` in the store. */
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** An item of an account list that cannot be used, or not wholly, and why. */
export interface RejectedAccount {
  /** Position in the list, from 0. */
  readonly index: number;
  readonly reason: string;
}

export interface AccountList {
  readonly accounts: readonly Account[];
  readonly rejected: readonly RejectedAccount[];
}

/**
 * Reads a list of accounts as the team service answers it: a list of objects with `id` and `name`. Items that cannot be
 * used are rejected by position and never take others with them; of an id that comes twice the first counts. A name
 * that cannot be shown is left out and reported, the account stays.
 */
export function readAccountList(value: unknown): AccountList {
  const items: readonly unknown[] = Array.isArray(value) ? value : [];
  const accounts = new Map<string, Account>();
  const rejected: RejectedAccount[] = [];
  items.forEach((item, index) => {
    const reject = (reason: string): void => void rejected.push({ index, reason });
    const account = readAccount(item, reject);
    if (account === undefined) return;
    if (accounts.has(account.id)) reject(`account ${account.id} comes twice`);
    else accounts.set(account.id, account);
  });
  return { accounts: [...accounts.values()], rejected };
}

// A name is shown in pages, keys and host names; nothing that long or with control characters is one.
const LONGEST_NAME = 200;
const DEEPEST = 32;

function readAccount(item: unknown, reject: (reason: string) => void): Account | undefined {
  if (typeof item !== 'object' || item === null || Array.isArray(item)) {
    reject('not an object');
    return undefined;
  }
  const { id, name, ...attributes } = item as Record<string, unknown>;
  const text = typeof id === 'number' && Number.isSafeInteger(id) ? String(id).padStart(12, '0') : id;
  if (typeof text !== 'string' || !/^\d{1,20}$/.test(text)) {
    reject(text === undefined ? 'without an id' : 'an id that is not made of digits');
    return undefined;
  }
  const isNamed = name !== undefined && name !== null && name !== '';
  const isShown = typeof name === 'string' && name.length <= LONGEST_NAME && !/\p{Cc}/u.test(name);
  if (isNamed && !isShown) reject(`account ${text}: a name that cannot be shown is left out`);
  const isKept = isShallow(attributes, DEEPEST);
  if (!isKept) reject(`account ${text}: what is nested deeper than ${DEEPEST} levels is left out`);
  return { id: text, name: isNamed && isShown ? name : undefined, attributes: isKept ? attributes : {} };
}

/** Stores write values by recursion. */
function isShallow(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return levels > 0 && Object.values(value).every((one) => isShallow(one, levels - 1));
}
