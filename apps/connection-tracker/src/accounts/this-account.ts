import { readCaller, type Session } from '@net/aws-core';
import type { AccountList } from './account.js';

/** The account of the session alone, for a single account without any list. */
export async function readThisAccount(
  session: Session,
  name: string | undefined,
  signal?: AbortSignal,
): Promise<AccountList> {
  const { accountId, arn } = await readCaller(session, signal);
  return { accounts: [{ id: accountId, name, attributes: { caller: arn } }], rejected: [] };
}
