import { collectDefaultMetrics, Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { PassResult } from '../ingest/index.js';
import type { Shard } from '../model/index.js';

/** Metrics of reading. */
export interface TrackerMetrics {
  passed(shard: Shard, result: PassResult, seconds: number): void;
  failed(shard: Shard, code: string): void;
  accountsRead(outcome: 'read' | 'failed'): void;
  replicas(count: number): void;
}

export interface TrackerFacts {
  readonly accounts: () => number;
  readonly owned: () => number;
  readonly names: () => number;
}

/** Puts them into a registry. */
export function createTrackerMetrics(registry: Registry, facts: TrackerFacts): TrackerMetrics {
  const registers = [registry];
  const name = (text: string): string => `connection_tracker_${text}`;
  const counter = (text: string, help: string, labelNames: string[] = []): Counter =>
    new Counter({ name: name(text), help, labelNames, registers });
  const gauge = (text: string, help: string, read?: () => number): Gauge =>
    new Gauge({
      name: name(text),
      help,
      registers,
      ...(read === undefined
        ? {}
        : {
            collect() {
              this.set(read());
            },
          }),
    });
  collectDefaultMetrics({ register: registry });
  gauge('accounts', 'Accounts that are read', facts.accounts);
  gauge('shards_owned', 'Accounts and regions that this replica reads', facts.owned);
  gauge('names_remembered', 'Reverse names that are remembered', facts.names);
  const replicas = gauge('replicas', 'Replicas that are alive');
  const events = counter('events_total', 'Log events or lines that were read', ['account', 'region']);
  const repeated = counter('repeated_events_total', 'Events that had been read before');
  const counted = counter('counted_records_total', 'Records of connections from outside', ['rule']);
  const passedOver = counter('passed_over_records_total', 'Records that were not counted', ['reason']);
  const rejected = counter('rejected_lines_total', 'Lines that are no record of their format');
  const skipData = counter('skip_data_windows_total', 'Windows of which AWS itself lost records');
  const passes = counter('passes_total', 'Passes over an account and region', ['outcome']);
  const lists = counter('account_lists_total', 'Readings of the account list', ['outcome']);
  const durations = new Histogram({
    name: name('pass_duration_seconds'),
    help: 'Of a pass that succeeded',
    buckets: [0.1, 0.5, 2, 10, 60, 300],
    registers,
  });
  return {
    passed: ({ accountId, region }, result, seconds) => {
      events.inc({ account: accountId, region }, result.events);
      repeated.inc(result.repeated);
      for (const [rule, records] of Object.entries(result.decidedBy)) counted.inc({ rule }, records);
      for (const [reason, records] of Object.entries(result.passedOver))
        if (records > 0) passedOver.inc({ reason }, records as number);
      rejected.inc(result.rejectedLines);
      skipData.inc(result.skipData);
      passes.inc({ outcome: 'done' });
      durations.observe(seconds);
    },
    failed: (_, code) => passes.inc({ outcome: code }),
    accountsRead: (outcome) => lists.inc({ outcome }),
    replicas: (count) => replicas.set(count),
  };
}
