import { UsageError } from '@net/cli';
import { DAY_MS, dayOf, daysBetween, dayStartMs } from '../model/index.js';
import { accountsAnswer, connectionsAnswer } from './answers.js';
import type { TrackerClient } from './tracker-client.js';

export interface ListedConnection {
  readonly account_id: string;
  readonly account_name: string;
  readonly region: string;
  readonly dest: string;
  readonly dest_port: number;
  readonly source: string;
  readonly score: number;
}

export interface ListConnectionsOptions {
  /** Leaves out ports 0 and 443 of destinations. */
  readonly suspicious: boolean;
  /** First day, `YYYY-MM-DD`, or so many days ago, `7d` or `-7d`; default: today. */
  readonly dateFrom: string | undefined;
  /** Last day, `YYYY-MM-DD`; default: today. */
  readonly dateTo: string | undefined;
  readonly nowMs: number;
}

/**
 * The connections of all accounts on these days, by account, region and endpoint.
 * @throws UsageError for dates that are none
 */
export async function listConnections(
  client: TrackerClient,
  options: ListConnectionsOptions,
): Promise<readonly ListedConnection[]> {
  const to = options.dateTo ?? dayOf(options.nowMs);
  const from =
    options.dateFrom === undefined ? dayOf(options.nowMs) : firstDay(options.dateFrom, options.nowMs);
  if (dayStartMs(to) === undefined)
    throw new UsageError('--date-to is no day', { hint: 'Expected YYYY-MM-DD.' });
  const accounts = await client.get('/accounts', {}, accountsAnswer);
  const listed: ListedConnection[] = [];
  for (const date of daysBetween(from, to)) {
    const byShard = await client.get('/connections', { date }, connectionsAnswer);
    for (const [key, connections] of Object.entries(byShard)) {
      const [account_id = '', region = ''] = key.split('/');
      const account_name = accounts[account_id]?.name ?? '';
      for (const { dest, dest_port, source, score } of connections) {
        if (options.suspicious && (dest_port === 0 || dest_port === 443)) continue;
        listed.push({ account_id, account_name, region, dest, dest_port, source, score });
      }
    }
  }
  return listed.sort(byEndpoint);
}

const keys = ['account_id', 'account_name', 'region', 'dest', 'dest_port'] as const;

function byEndpoint(a: ListedConnection, b: ListedConnection): number {
  for (const key of keys) if (a[key] !== b[key]) return a[key] < b[key] ? -1 : 1;
  return 0;
}

function firstDay(text: string, nowMs: number): string {
  const ago = /^-?(\d{1,4})d$/.exec(text)?.[1];
  if (ago !== undefined) return dayOf(nowMs - Number(ago) * DAY_MS);
  if (dayStartMs(text) !== undefined) return text;
  throw new UsageError('--date-from is no day', { hint: 'Expected YYYY-MM-DD, or days ago such as 7d.' });
}
