import { describe, expect, test } from '@jest/globals';
import { propertyOptions } from '@net/testing';
import fc from 'fast-check';
import { createPaint, createLog, createRedactor, systemClock } from '../../src/index.js';
import type { LogLevel, LogRecord, LogSink } from '../../src/index.js';
import { formatJson, formatText } from '../../src/log/format.js';

function collecting(
  level: LogLevel = 'debug',
  secrets: readonly string[] = [],
): { records: LogRecord[]; log: ReturnType<typeof createLog> } {
  const records: LogRecord[] = [];
  const sink: LogSink = {
    write: (record) => records.push(record),
    dropped: 0,
    close: () => Promise.resolve(),
  };
  const redactor = createRedactor();
  redactor.add(secrets);
  return { records, log: createLog(sink, { level, clock: { ...systemClock, now: () => 0 }, redactor }) };
}

describe('log', () => {
  test('levels below the least are not written', () => {
    const { records, log } = collecting('warn');
    log.info('a.b', 'no');
    log.warn('a.b', 'yes');
    expect(records.map((r) => r.message)).toEqual(['yes']);
    expect(log.isEnabled('debug')).toBe(false);
  });

  test('children add fields; text and JSON carry all of them on one line', () => {
    const { records, log } = collecting();
    log
      .child({ region: 'eu-west-1' })
      .error('route.lost', 'gone\nforever', { table: 'rtb 1', n: 3, time: 'x', nil: undefined });
    const [record] = records as [LogRecord];
    expect(formatText(record, createPaint(false))).toBe(
      String.raw`1970-01-01T00:00:00.000Z error route.lost: gone\nforever region=eu-west-1 table="rtb 1" n=3 time=x`,
    );
    expect(JSON.parse(formatJson(record))).toEqual({
      time: '1970-01-01T00:00:00.000Z',
      level: 'error',
      event: 'route.lost',
      message: 'gone\nforever',
      region: 'eu-west-1',
      table: 'rtb 1',
      n: 3,
      time_: 'x',
    });
  });

  test('no secret is written, wherever it stands', () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^[A-Za-z0-9+/]{8,40}$/),
        fc.string(),
        fc.string(),
        (secret, before, after) => {
          const { records, log } = collecting('debug', [secret]);
          const text = before + secret + after;
          const loop: Record<string, unknown> = { text };
          loop['self'] = loop;
          log.info('x', text, {
            text,
            list: [text],
            deep: { a: { b: text } },
            map: new Map([['k', text]]),
            loop,
            e: new Error(text),
          });
          log.info('x', 'named', {
            sessionToken: 'abc',
            secretAccessKey: 'def',
            nested: { password: 'ghi' },
            tokens: 5,
          });
          const written = records.map((r) => formatJson(r)).join('');
          expect(written).not.toContain(secret);
          expect(formatJson(records[1] as LogRecord)).not.toMatch(/abc|def|ghi/);
          expect(written).toContain('"tokens":5');
        },
      ),
      propertyOptions(100),
    );
  });
});
