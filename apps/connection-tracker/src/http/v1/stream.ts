import { z } from 'zod';
import type { StoreEvent } from '../../store/index.js';
import { defineRoute, type Route } from '../route.js';
import { noParams } from '../schemas.js';
import { shardShape } from './range.js';

const KEEP_ALIVE_MS = 15_000;

export const streamRoute: Route = defineRoute({
  path: '/v1/stream',
  operationId: 'stream',
  summary: 'What is counted from now on, as server-sent events; goes on after Last-Event-ID',
  tag: 'v1',
  params: noParams,
  query: z.strictObject({ ...shardShape, after: z.string().max(256).optional() }),
  answer: z.string(),
  contentTypes: ['text/event-stream'],
  handle: ({ input, store, lastEventId, signal, stopping }) => {
    const ends = AbortSignal.any([signal, stopping]);
    const after = lastEventId ?? input.after;
    const events = store.events({ signal: ends, ...(after === undefined ? {} : { after }) });
    const isWanted = ({ shard }: StoreEvent): boolean =>
      (input.account === undefined || shard.accountId === input.account) &&
      (input.region === undefined || shard.region === input.region);
    return Promise.resolve({
      kind: 'text',
      contentType: 'text/event-stream',
      chunks: serverSentEvents(events, isWanted, ends),
      isLive: true,
    });
  },
});

/** HTML Living Standard, section 9.2; a comment every 15 seconds keeps the connection alive. */
async function* serverSentEvents(
  events: AsyncIterable<StoreEvent>,
  isWanted: (event: StoreEvent) => boolean,
  signal: AbortSignal,
): AsyncGenerator<string> {
  yield 'retry: 2000\n\n';
  const iterator = events[Symbol.asyncIterator]();
  let pending: Promise<IteratorResult<StoreEvent>> | undefined;
  for (;;) {
    pending ??= iterator.next();
    let timer: NodeJS.Timeout | undefined;
    const quiet = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => resolve(undefined), KEEP_ALIVE_MS);
    });
    let result: IteratorResult<StoreEvent> | undefined;
    try {
      result = await Promise.race([pending, quiet]);
    } catch (error) {
      if (signal.aborted) return;
      throw error;
    } finally {
      clearTimeout(timer);
    }
    if (result === undefined) {
      yield ': alive\n\n';
      continue;
    }
    pending = undefined;
    if (result.done === true) return;
    if (isWanted(result.value)) yield eventText(result.value);
  }
}

function eventText({ id, shard, atMs, changes, omitted }: StoreEvent): string {
  const data = {
    account_id: shard.accountId,
    region: shard.region,
    at: new Date(atMs).toISOString(),
    changes: changes.map(({ day, source, dest, destPort, score, count, isNew }) => ({
      day,
      source,
      dest,
      dest_port: destPort,
      score,
      count,
      is_new: isNew,
    })),
    omitted,
  };
  return `id: ${id.replaceAll(/[\r\n\0]/g, '')}\nevent: commit\ndata: ${JSON.stringify(data)}\n\n`;
}
