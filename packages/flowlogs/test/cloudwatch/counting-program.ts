import type { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import {
  type GroupCursor,
  type PollOptions,
  pollGroup,
  scanEvents,
  SeenEvents,
  type SeenMinute,
} from '../../src/cloudwatch/index.js';
import type { LogFormat } from '../../src/format/log-format.js';
import { ColumnScanner } from '../../src/scan/column-scanner.js';
import { rowsOf } from '../../src/scan/row.js';
import { GROUP, START_MS } from './delivered-traffic.js';

/** What a program keeps, all or nothing of each step. */
export interface Kept {
  counts: Map<string, number>;
  records: number;
  seen: SeenMinute[];
  cursor: GroupCursor | undefined;
}

export const nothingKept = (): Kept => ({ counts: new Map(), records: 0, seen: [], cursor: undefined });

/** Thrown where the program dies. */
export class Died extends Error {}

/**
 * A program that counts accepted inbound records: each page's counts and fingerprints are kept in one step. `dies` says
 * whether it dies before or after a step; what it had in memory is gone then.
 */
export async function countOnce(
  client: CloudWatchLogsClient,
  format: LogFormat,
  kept: Kept,
  options: Partial<PollOptions> & { readonly dies?: () => boolean } = {},
): Promise<void> {
  const { dies = () => false, ...poll } = options;
  const seen = new SeenEvents(kept.seen);
  const pages = pollGroup(client, {
    group: GROUP,
    startMs: START_MS - 600_000,
    cursor: kept.cursor,
    seen,
    ...poll,
  });
  for (;;) {
    const step = await pages.next();
    if (dies()) throw new Died();
    if (step.done === true) {
      const { cursor, forgetBeforeMinute } = step.value;
      kept.cursor = cursor;
      kept.seen = kept.seen.filter(({ minute }) => minute >= forgetBeforeMinute);
      return;
    }
    const counts = new Map(kept.counts);
    let records = 0;
    const scanner = new ColumnScanner({
      format,
      columns: ['start', 'pkt-srcaddr', 'interface-id', 'dstport', 'action', 'flow-direction'],
    });
    scanEvents(step.value.events, scanner, (batch) => {
      for (const row of rowsOf(batch)) {
        records += 1;
        if (row.action !== 'ACCEPT' || row.flowDirection !== 'ingress') continue;
        const day = new Date(row.startMs ?? 0).toISOString().slice(0, 10);
        const key = [day, row.pktSrcaddr, row.interfaceId, row.dstport].join(' ');
        counts.set(key, (counts.get(key) ?? 0) + 1);
      }
    });
    // One step: nothing of it is kept when the program dies in between.
    kept.counts = counts;
    kept.records += records;
    kept.seen = [...kept.seen, ...step.value.added];
    if (dies()) throw new Died();
  }
}
