import type { Clock, Log } from '@net/cli';
import type { Registry } from 'prom-client';
import type { AccountList, DomainTemplate } from '../accounts/index.js';
import type { ReverseNames } from '../names/index.js';
import { Alarm, shareShards } from '../share/index.js';
import type { Store } from '../store/index.js';
import { type AccountBook, createAccountBook, type TrackedAccount } from './account-book.js';
import { runRetention } from './retention.js';
import { createSlots } from './slots.js';
import { createTrackerMetrics } from './tracker-metrics.js';
import { type OpenShard, trackShard } from './track-shard.js';

export interface TrackerOptions {
  readonly store: Store;
  readonly readAccounts: (signal: AbortSignal) => Promise<AccountList>;
  readonly regions: readonly string[];
  readonly domain: DomainTemplate | undefined;
  readonly openShard: (account: TrackedAccount, region: string, signal: AbortSignal) => Promise<OpenShard>;
  readonly reverse: ReverseNames;
  readonly registry: Registry;
  readonly replica: string;
  readonly leaseMs: number;
  readonly accountsIntervalMs: number;
  readonly intervalMs: number;
  readonly workers: number;
  readonly retentionDays: number | undefined;
  readonly clock: Clock;
  readonly log: Log;
}

/** A tracker that reads; `run` ends when aborted, after leases are given back. */
export interface Tracker {
  /** The accounts are known. */
  readonly isReady: boolean;
  run(signal: AbortSignal): Promise<void>;
}

/** Reads this replica's share of all accounts and regions into the store. */
export function createTracker(options: TrackerOptions): Tracker {
  const { store, clock, log, replica } = options;
  let owned = 0;
  let replicas: readonly string[] = [replica];
  const metrics = createTrackerMetrics(options.registry, {
    accounts: () => book.size,
    owned: () => owned,
    names: () => options.reverse.size,
  });
  const alarm = new Alarm();
  const book: AccountBook = createAccountBook({
    read: options.readAccounts,
    regions: options.regions,
    domain: options.domain,
    store,
    log,
    clock,
    intervalMs: options.accountsIntervalMs,
    onRead: (outcome) => metrics.accountsRead(outcome),
    onChange: () => alarm.ring(),
  });
  const slots = createSlots(options.workers);
  return {
    get isReady() {
      return book.isKnown;
    },
    run: async (signal) => {
      const sharing = shareShards(
        {
          store,
          replica,
          shards: () => book.shards(),
          alarm,
          ttlMs: options.leaseMs,
          clock,
          log,
          onReplicas: (alive) => {
            if (alive.length !== replicas.length) log.info('replicas.changed', `${alive.length} replicas`);
            replicas = alive;
            metrics.replicas(alive.length);
          },
          work: async (lease, within) => {
            const { accountId, region } = lease.shard;
            const account = book.account(accountId);
            if (account === undefined) return;
            owned += 1;
            try {
              await trackShard(
                lease,
                {
                  open: (opening) => options.openShard(account, region, opening),
                  slots,
                  clock,
                  intervalMs: options.intervalMs,
                  log,
                  onPass: (result, seconds) => metrics.passed(lease.shard, result, seconds),
                  onFailure: (code) => metrics.failed(lease.shard, code),
                },
                within,
              );
            } finally {
              owned -= 1;
            }
          },
        },
        signal,
      );
      const { retentionDays: days } = options;
      await Promise.all([
        book.run(signal),
        sharing,
        days === undefined
          ? undefined
          : runRetention(
              { store, days, isMine: () => [...replicas].sort()[0] === replica, clock, log },
              signal,
            ),
      ]);
    },
  };
}
