import { formatDuration } from '../options/decode.js';
import { fit, printable } from './text.js';

/** A line on the terminal that says how far the work is. */
export interface Progress {
  /** Adds to what is done. */
  advance(by?: number): void;
  /** Sets what is done, and optionally a new total. */
  update(done: number, total?: number): void;
  /** Takes the line away. Safe to call twice. */
  end(): void;
}

export interface ProgressOptions {
  readonly label: string;
  /** With it there are per cent and the time left. */
  readonly total?: number;
  /** What is counted, such as `records`. */
  readonly unit?: string;
}

export type StartProgress = (options: ProgressOptions) => Progress;

const drawEveryMs = 100;

type Terminal = NodeJS.WritableStream & { readonly columns?: number; readonly isTTY?: boolean };

/** Progress on a terminal; elsewhere, or when not `enabled`, a progress that writes nothing. */
export function createStartProgress(
  stream: Terminal,
  enabled: boolean,
  monotonicMs: () => number,
): StartProgress {
  if (!enabled || stream.isTTY !== true) return () => ({ advance: nothing, update: nothing, end: nothing });
  return (options) => {
    const startedMs = monotonicMs();
    let drawnMs = Number.NEGATIVE_INFINITY;
    let done = 0;
    let total = options.total;
    let ended = false;
    const draw = (): void => {
      const nowMs = monotonicMs();
      if (ended || nowMs - drawnMs < drawEveryMs) return;
      drawnMs = nowMs;
      const words = progressWords(
        { ...options, ...(total === undefined ? {} : { total }) },
        done,
        nowMs - startedMs,
      );
      stream.write(`\r${fit(words, (stream.columns || 80) - 1)}\u001B[K`);
    };
    return {
      advance: (by = 1) => {
        done += by;
        draw();
      },
      update: (newDone, newTotal) => {
        done = newDone;
        total = newTotal ?? total;
        draw();
      },
      end: () => {
        if (!ended && drawnMs > Number.NEGATIVE_INFINITY) stream.write('\r\u001B[K');
        ended = true;
      },
    };
  };
}

/** `label 50% 5/10 records, 2/s, 3s left`. */
export function progressWords(options: ProgressOptions, done: number, elapsedMs: number): string {
  const { label, total, unit } = options;
  const rate = elapsedMs > 0 ? (done * 1000) / elapsedMs : 0;
  const of = total === undefined ? String(done) : `${done}/${total}`;
  const share =
    total !== undefined && total > 0 ? `${Math.min(100, Math.floor((100 * done) / total))}% ` : '';
  const left = total !== undefined && rate > 0 && done < total ? Math.ceil((total - done) / rate) : undefined;
  const parts = [
    `${printable(label)} ${share}${of}${unit === undefined ? '' : ` ${unit}`}`,
    `${rate >= 10 ? Math.round(rate) : rate.toFixed(1)}/s`,
    ...(left === undefined ? [] : [`${formatDuration(left * 1000)} left`]),
  ];
  return parts.join(', ');
}

function nothing(): void {
  // Not on a terminal: nobody watches.
}
