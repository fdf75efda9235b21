import type { Output } from '@net/cli';
import type { ReplayResult } from '../replay/index.js';
import type { Store } from '../store/index.js';

const SHOWN = 10;

/** What a replay found, in short. */
export interface ReplaySummary {
  readonly records: number;
  readonly rejected: number;
  readonly counted: number;
  readonly decidedBy: Readonly<Record<string, number>>;
  readonly passedOver: Readonly<Record<string, number>>;
  readonly days: readonly { readonly day: string; readonly connections: number; readonly records: number }[];
  /** Those with most records, of all days. */
  readonly endpoints: readonly {
    readonly dest: string;
    readonly dest_port: number;
    readonly records: number;
    readonly sources: number;
  }[];
}

/** Reads the summary of what was replayed. */
export async function readSummary(store: Store, result: ReplayResult): Promise<ReplaySummary> {
  const days = new Map<string, { connections: number; records: number }>();
  const endpoints = new Map<string, { dest: string; dest_port: number; records: number; sources: number }>();
  for (const shard of result.shards) {
    for (const { day, connections, records } of await store.days(shard)) {
      const known = days.get(day) ?? { connections: 0, records: 0 };
      days.set(day, { connections: known.connections + connections, records: known.records + records });
      const { items } = await store.endpoints(shard, day, { limit: 1_000 });
      for (const { dest, destPort, records: more, sources } of items) {
        const key = JSON.stringify([dest, destPort]);
        const one = endpoints.get(key) ?? { dest, dest_port: destPort, records: 0, sources: 0 };
        endpoints.set(key, {
          ...one,
          records: one.records + more,
          sources: Math.max(one.sources, sources),
        });
      }
    }
  }
  const { counters, counted, decidedBy, passedOver } = result;
  return {
    records: counters.records,
    rejected: counters.rejected,
    counted,
    decidedBy: { ...decidedBy },
    passedOver: { ...passedOver },
    days: [...days].map(([day, totals]) => ({ day, ...totals })).sort((a, b) => (a.day < b.day ? -1 : 1)),
    endpoints: [...endpoints.values()].sort((a, b) => b.records - a.records).slice(0, SHOWN),
  };
}

/** Prints it for people. */
export function printSummary(out: Output, summary: ReplaySummary): void {
  const number = new Intl.NumberFormat('en');
  const { records, counted, rejected } = summary;
  const share = records === 0 ? 0 : Math.round((100 * counted) / records);
  out.line(
    `${number.format(records)} records, ${number.format(counted)} of connections from outside (${share} %)${
      rejected > 0 ? `, ${number.format(rejected)} lines rejected` : ''
    }`,
  );
  const reasons = Object.entries(summary.passedOver).filter(([, many]) => many > 0);
  if (reasons.length > 0)
    out.line(
      `not counted: ${reasons.map(([reason, many]) => `${WORDS[reason] ?? reason} ${number.format(many)}`).join(', ')}`,
    );
  if (summary.endpoints.length === 0) return;
  out.line();
  out.table(summary.endpoints, [
    { title: 'ENDPOINT', value: ({ dest }) => dest },
    { title: 'PORT', value: ({ dest_port: port }) => String(port), align: 'right' },
    { title: 'RECORDS', value: (one) => number.format(one.records), align: 'right' },
    { title: 'SOURCES A DAY', value: (one) => number.format(one.sources), align: 'right' },
  ]);
}

const WORDS: Readonly<Record<string, string>> = {
  notPublic: 'not at a public interface',
  rejected: 'rejected by a security group or network ACL',
  privateSource: 'from private addresses',
  answers: 'answers to connections of the endpoint',
  excluded: 'at NAT and Odd hosts',
  incomplete: 'incomplete',
};
