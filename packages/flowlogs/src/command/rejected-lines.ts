import type { Context } from '@net/cli';
import type { RejectedLine } from '../scan/rejects.js';

/** Lines that are told of one by one; the others are counted. */
const SHOWN = 10;

/** Tells of lines that are no records: the first few each, and the number at the end. */
export function rejectedLines({ log }: Context<object>): {
  readonly onReject: (rejected: RejectedLine) => void;
  readonly end: () => void;
} {
  let count = 0;
  return {
    onReject: ({ source, line, column, reason }) => {
      if (count++ < SHOWN) log.warn('line.rejected', `${source}:${line}:${column}: ${reason}`);
    },
    end: () => {
      if (count > SHOWN) log.warn('line.rejected', `${count} lines were no records and were skipped`);
    },
  };
}
