import type { Clock } from '../clock.js';
import type { Redactor } from '../redact.js';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** Facts of a log event; strings under names like `token` are redacted. */
export type LogFields = Readonly<Record<string, unknown>>;

/**
 * Structured log. `event` is a stable name such as `route.claimed`, by which machines find the line; `message`
 * says it in words; `fields` are the facts.
 */
export interface Log {
  debug(event: string, message: string, fields?: LogFields): void;
  info(event: string, message: string, fields?: LogFields): void;
  warn(event: string, message: string, fields?: LogFields): void;
  error(event: string, message: string, fields?: LogFields): void;
  /** A log that adds `fields` to every event. */
  child(fields: LogFields): Log;
  /** False when events of the level are not written, so that costly fields need not be made. */
  isEnabled(level: LogLevel): boolean;
}

/** One event as a sink gets it. */
export interface LogRecord {
  readonly timeMs: number;
  readonly level: LogLevel;
  readonly event: string;
  readonly message: string;
  readonly fields: LogFields;
}

/** Where events go. Writing never waits and never throws. */
export interface LogSink {
  write(record: LogRecord): void;
  /** Events that could not be written so far. */
  readonly dropped: number;
  /** Gives what is queued a moment to leave. */
  close(): Promise<void>;
}

const order: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3 };

/** A log that passes events of at least `level` to `sink`, without the secrets that `redactor` knows. */
export function createLog(
  sink: LogSink,
  options: { readonly level: LogLevel; readonly clock: Clock; readonly redactor: Redactor },
  bound: LogFields = {},
): Log {
  const { level: least, clock, redactor } = options;
  const at =
    (level: LogLevel) =>
    (event: string, message: string, fields: LogFields = {}): void => {
      if (order[level] < order[least]) return;
      const safe = redactor.value('', { ...bound, ...fields }) as LogFields;
      sink.write({ timeMs: clock.now(), level, event, message: redactor.text(message), fields: safe });
    };
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: (fields) => createLog(sink, options, { ...bound, ...fields }),
    isEnabled: (level) => order[level] >= order[least],
  };
}
