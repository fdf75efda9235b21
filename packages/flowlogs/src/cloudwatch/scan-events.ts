import type { ColumnScanner } from '../scan/column-scanner.js';
import type { ColumnBatch } from '../scan/columns.js';
import type { LogEvent } from './log-event.js';

/** Gives the lines of events to a scanner and hands out what they are; batches are valid until the next one. */
export function scanEvents(
  events: readonly LogEvent[],
  scanner: ColumnScanner,
  onBatch: (batch: ColumnBatch) => void,
): void {
  if (events.length === 0) return;
  scanner.write(Buffer.from(`${events.map(({ message }) => message).join('\n')}\n`), onBatch);
  scanner.flush(onBatch);
}
