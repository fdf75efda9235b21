import { type Paint, printable } from '../output/text.js';
import type { LogFields, LogRecord } from './log.js';

/** `event: message key=value ...` on one line, control characters escaped. */
export function formatWords(record: LogRecord): string {
  const fields = formatFields(record.fields);
  return printable(`${record.event}: ${record.message}${fields === '' ? '' : ` ${fields}`}`);
}

/** A line for people: time, level, event, message, fields. */
export function formatText(record: LogRecord, paint: Paint): string {
  const time = new Date(record.timeMs).toISOString();
  const colour = ({ debug: 'dim', info: 'cyan', warn: 'yellow', error: 'red' } as const)[record.level];
  const fields = printable(formatFields(record.fields));
  const words = `${paint('bold', printable(record.event))}: ${printable(record.message)}`;
  const tail = fields === '' ? '' : ` ${paint('dim', fields)}`;
  return `${paint('dim', time)} ${paint(colour, record.level.padEnd(5))} ${words}${tail}`;
}

/** A JSON line. Fields that clash with `time`, `level`, `event` or `message` get a trailing underscore. */
export function formatJson(record: LogRecord): string {
  const { timeMs, level, event, message, fields } = record;
  const head = { time: new Date(timeMs).toISOString(), level, event, message };
  const own = Object.entries(fields).map(([key, value]) => [key in head ? `${key}_` : key, value] as const);
  return JSON.stringify({ ...head, ...Object.fromEntries(own) });
}

function formatFields(fields: LogFields): string {
  return Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key}=${formatValue(value)}`)
    .join(' ');
}

function formatValue(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return typeof value === 'string' && !/^[^\s="]+$/.test(text) ? JSON.stringify(text) : text;
}
