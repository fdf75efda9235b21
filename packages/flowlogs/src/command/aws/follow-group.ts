import { createClient, createPacer } from '@net/aws-core';
import { systemClock, type Context } from '@net/cli';
import { type GroupCursor, pollGroup, SeenEvents } from '../../cloudwatch/index.js';
import { sessionOf } from './aws-session.js';
import { groupFormat } from './cloudwatch-source.js';
import type { Printer, TailValues } from '../printer.js';

/** Gives each event of a group once, from `--start-time` on, by default from ten minutes ago. */
export async function followGroup(
  group: string,
  context: Context<TailValues>,
  printer: Printer,
): Promise<void> {
  const { options, signal, out, log } = context;
  const session = await sessionOf(options, context);
  const format = options.fields ?? (await groupFormat(group, options, context));
  const { CloudWatchLogsClient } = await import('@aws-sdk/client-cloudwatch-logs');
  const client = await createClient(session, CloudWatchLogsClient, { retryMode: 'standard' });
  const pacer = createPacer({ concurrency: 4 });
  const seen = new SeenEvents();
  const startMs = options.startTime ?? Date.now() - 600_000;
  let cursor: GroupCursor | undefined;
  try {
    for (let look = 1; ; look++) {
      const { filterPattern } = options;
      const pages = pollGroup(client, { group, filterPattern, startMs, cursor, seen, pacer, signal });
      try {
        for (;;) {
          const page = await pages.next();
          if (page.done === true) {
            cursor = page.value.cursor;
            break;
          }
          const lines = page.value.events.map(({ message }) => `${message}\n`).join('');
          printer.write(Buffer.from(lines), format);
        }
      } catch (error) {
        // What was given out is seen; the next look goes on.
        if (look === 1 || signal.aborted) throw error;
        log.warn('tail.failed', (error as Error).message);
      }
      if (out.isClosed || look === options.looks) return;
      await systemClock.sleep(options.interval, signal);
    }
  } finally {
    client.destroy();
  }
}
