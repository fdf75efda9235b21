import type { LogRecord, LogSink } from './log.js';

type Stream = NodeJS.WritableStream & { readonly writableLength?: number };

/** Bytes that may wait for a slow reader before further events are dropped and counted. */
const mostQueuedBytes = 1024 * 1024;

/** Writes each event as a line to a stream; drops and counts events when the reader does not keep up. */
export function createStreamSink(stream: Stream, format: (record: LogRecord) => string): LogSink {
  let dropped = 0;
  let reported = 0;
  let broken = false;
  stream.on('error', () => {
    broken = true;
  });
  const report = (like: LogRecord): void => {
    if (dropped === reported) return;
    const count = dropped - reported;
    reported = dropped;
    const message = `${count} log events were dropped: the reader is too slow`;
    stream.write(`${format({ ...like, level: 'warn', event: 'log.dropped', message, fields: { count } })}\n`);
  };
  let last: LogRecord | undefined;
  return {
    get dropped() {
      return dropped;
    },
    write: (record) => {
      last = record;
      if (broken || (stream.writableLength ?? 0) > mostQueuedBytes) {
        dropped++;
        return;
      }
      report(record);
      stream.write(`${format(record)}\n`);
    },
    close: () => {
      if (last && !broken) report(last);
      return Promise.resolve();
    },
  };
}
