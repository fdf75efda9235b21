import { LOG_LEVELS, type LogLevel, type LogLevels, type LogSection } from './logging-option.js';

/** Facts that belong to a line, for structured logs. */
export type LogFields = Readonly<Record<string, string | number | boolean>>;

/** Where lines go after levels and rate were looked at. */
export type LogSink = (level: LogLevel, section: LogSection, message: string, fields: LogFields) => void;

/** A log with the original's sections and levels. */
export interface SectionLog {
  (section: LogSection, level: LogLevel, message: string, fields?: LogFields): void;
  /** True when a line of this section and level would be written. */
  readonly enabled: (section: LogSection, level: LogLevel) => boolean;
}

/** Lines a second of one section, after a burst of twice as many; what is more is counted and told once a second. */
export const LINES_PER_SECOND = 50;

/**
 * A log that passes on what the levels allow, at a bounded rate for each section. Messages are made printable: they
 * may hold what a peer or a hook sent.
 */
export function createSectionLog(levels: LogLevels, sink: LogSink, monotonicMs: () => number): SectionLog {
  const buckets = new Map<LogSection, { tokens: number; filledAtMs: number; suppressed: number }>();
  const enabled = (section: LogSection, level: LogLevel): boolean =>
    LOG_LEVELS.indexOf(level) <= LOG_LEVELS.indexOf(levels[section]);
  const log = (section: LogSection, level: LogLevel, message: string, fields: LogFields = {}): void => {
    if (!enabled(section, level)) return;
    const now = monotonicMs();
    const bucket = buckets.get(section) ?? { tokens: 2 * LINES_PER_SECOND, filledAtMs: now, suppressed: 0 };
    buckets.set(section, bucket);
    const earned = ((now - bucket.filledAtMs) / 1000) * LINES_PER_SECOND;
    bucket.tokens = Math.min(2 * LINES_PER_SECOND, bucket.tokens + earned);
    bucket.filledAtMs = now;
    if (bucket.tokens < 1) {
      bucket.suppressed++;
      return;
    }
    bucket.tokens--;
    if (bucket.suppressed > 0) {
      sink('important', section, `${bucket.suppressed} lines of section ${section} were not written`, {
        suppressed: bucket.suppressed,
      });
      bucket.suppressed = 0;
    }
    sink(level, section, printable(message), fields);
  };
  return Object.assign(log, { enabled });
}

/** One line of at most 4,000 characters; control characters become escapes. */
export function printable(text: string): string {
  const short = text.length > 4000 ? `${text.slice(0, 4000)}...` : text;
  return short.replace(
    /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g,
    (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
}
