import { type AccountGraph, accountGraph } from '../graph/index.js';
import { accountConnectionsAnswer, accountsAnswer } from './answers.js';
import type { TrackerClient } from './tracker-client.js';

/** The graph of today's connections between accounts, and from the sources in `include`. */
export async function readAccountGraph(
  client: TrackerClient,
  include: readonly string[],
): Promise<AccountGraph> {
  const accounts = await client.get('/accounts', {}, accountsAnswer);
  const answer = await client.get(
    '/account-connections',
    include.length > 0 ? { include: include.join(',') } : {},
    accountConnectionsAnswer,
  );
  const links = Object.entries(answer).map(([key, sources]) => ({ account: key.split('/', 1)[0]!, sources }));
  const names = new Map(Object.entries(accounts).map(([id, { name }]) => [id, name ?? id]));
  return accountGraph(links, names);
}
