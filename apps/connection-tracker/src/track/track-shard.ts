import type { Log } from '@net/cli';
import { shardKey } from '../model/index.js';
import type { PassResult, ShardReader } from '../ingest/index.js';
import type { Lease } from '../store/index.js';
import type { Slots } from './slots.js';

/** A shard's connections to AWS. */
export interface OpenShard {
  /** Brings names of endpoints up to date where they are old. */
  refresh(signal: AbortSignal): Promise<void>;
  readonly reader: ShardReader;
  close(): void;
}

export interface TrackShardOptions {
  readonly open: (signal: AbortSignal) => Promise<OpenShard>;
  readonly slots: Slots;
  readonly clock: {
    readonly monotonicMs: () => number;
    sleep(ms: number, signal?: AbortSignal): Promise<void>;
  };
  readonly random?: () => number;
  readonly intervalMs: number;
  readonly log: Log;
  readonly onPass?: (result: PassResult, seconds: number) => void;
  readonly onFailure?: (code: string) => void;
}

/** What does not go away by itself is asked about more seldom. */
const LASTING = new Set(['NET_AWS_DENIED', 'NET_AWS_NOT_FOUND', 'NET_AWS_INVALID', 'NET_FLOWLOGS_FORMAT']);
const LONGEST_PAUSE_MS = 600_000;

/**
 * Passes over a shard, one after another, until aborted or the lease is lost. A pass that fails is begun anew after a
 * pause that grows, and its reason is told when it changes; other shards go on meanwhile. Never rejects.
 */
export async function trackShard(
  lease: Lease,
  options: TrackShardOptions,
  signal: AbortSignal,
): Promise<void> {
  const { slots, clock, intervalMs, random = Math.random } = options;
  const key = shardKey(lease.shard);
  const log = options.log.child({ shard: key });
  const isOver = (): boolean => signal.aborted;
  let open: OpenShard | undefined;
  let failures = 0;
  let told = '';
  let longestMs = intervalMs;
  const passOnce = async (): Promise<void> => {
    open ??= await options.open(signal);
    await open.refresh(signal);
    const startedMs = clock.monotonicMs();
    const result = await open.reader.pass(lease, signal);
    const seconds = (clock.monotonicMs() - startedMs) / 1_000;
    options.onPass?.(result, seconds);
    const words = `${result.events} events, ${result.counted} records of connections from outside`;
    if (failures > 0) log.info('shard.back', `${key} can be read again: ${words}`);
    else log.debug('shard.read', `${key}: ${words}`, { ...result, seconds });
  };
  try {
    while (!isOver()) {
      try {
        await slots.run(passOnce, signal);
        failures = 0;
        told = '';
      } catch (error) {
        if (isOver()) return;
        const {
          code = 'NET_TRACKER_UNEXPECTED',
          message,
          hint,
        } = error as Error & {
          readonly code?: string;
          readonly hint?: string;
        };
        if (code === 'NET_TRACKER_LEASE_LOST') return;
        // By a clock that is wrong they looked good still.
        if (code === 'NET_AWS_CREDENTIALS') {
          open?.close();
          open = undefined;
        }
        failures += 1;
        longestMs = LASTING.has(code) ? LONGEST_PAUSE_MS : Math.min(8 * intervalMs, 60_000);
        options.onFailure?.(code);
        const words = hint === undefined ? message : `${message}. ${hint}`;
        if (words !== told) log.error('shard.failed', `${key}: ${words}`, { code });
        told = words;
      }
      const pauseMs = Math.min(intervalMs * 2 ** Math.min(failures, 10), Math.max(intervalMs, longestMs));
      await clock.sleep(pauseMs * (0.9 + 0.2 * random()), signal).catch(() => undefined);
    }
  } catch (error) {
    if (!isOver()) log.error('shard.failed', `${key}: ${(error as Error).message}`);
  } finally {
    open?.close();
  }
}
