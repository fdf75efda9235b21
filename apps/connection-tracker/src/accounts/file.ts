import { readFile } from 'node:fs/promises';
import { TrackerError } from '../errors.js';
import { type AccountList, readAccountList } from './account.js';

/**
 * The accounts of a JSON file: a list of `{ "id": "123456789012", "name": "..." }`, or `{ "accounts": [...] }`.
 *
 * @throws {TrackerError} NET_TRACKER_ACCOUNTS when the file cannot be read or is no such list
 */
export async function readAccountsFile(path: string, signal?: AbortSignal): Promise<AccountList> {
  const value = await readJson(path, signal);
  const list = Array.isArray(value) ? value : (value as { accounts?: unknown } | null)?.accounts;
  if (!Array.isArray(list)) throw unusable(path, 'holds no list of accounts');
  return readAccountList(list);
}

async function readJson(path: string, signal: AbortSignal | undefined): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, { encoding: 'utf8', signal })) as unknown;
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof SyntaxError) throw unusable(path, 'is not JSON');
    throw unusable(path, `cannot be read: ${(error as Error).message}`, error);
  }
}

function unusable(path: string, what: string, cause?: unknown): TrackerError {
  return new TrackerError('NET_TRACKER_ACCOUNTS', `the account list ${path} ${what}`, {
    cause,
    hint: 'Expected [{ "id": "123456789012", "name": "..." }, ...].',
  });
}
