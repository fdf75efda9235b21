import type { LogLevel, LogRecord } from './log.js';
import { fstatSync } from 'node:fs';

/** Severities of RFC 5424 section 6.2.1, table 2. */
export const severities: Readonly<Record<LogLevel, number>> = { debug: 7, info: 6, warn: 4, error: 3 };

/** `<N>` before a line tells the journal its priority (sd-daemon(3)). */
export function journalPrefix(record: LogRecord): string {
  return `<${severities[record.level]}>`;
}

/** True when the stream is the one that systemd connected to the journal (systemd.exec(5), JOURNAL_STREAM). */
export function isJournal(
  stream: NodeJS.WritableStream,
  env: Readonly<Record<string, string | undefined>>,
): boolean {
  const match = /^(\d+):(\d+)$/.exec(env['JOURNAL_STREAM'] ?? '');
  const { fd } = stream as { fd?: unknown };
  if (!match || typeof fd !== 'number') return false;
  try {
    const { dev, ino } = fstatSync(fd, { bigint: true });
    return String(dev) === match[1] && String(ino) === match[2];
  } catch {
    return false;
  }
}
