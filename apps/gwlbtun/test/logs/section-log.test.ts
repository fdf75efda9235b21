import { describe, expect, test } from '@jest/globals';
import { createSectionLog, HandlerError, type LogLevel, parseLogging } from '../../src/index.js';
import { LINES_PER_SECOND, printable } from '../../src/logs/section-log.js';

describe('--logging', () => {
  test('everything at info when nothing is said', () => {
    expect(new Set(Object.values(parseLogging(undefined)))).toEqual(new Set(['info']));
  });

  test('sections and levels in any case, later ones win, all for every section', () => {
    expect(parseLogging('ALL=debug,Udp=Critical, core = debugdetail')).toEqual({
      core: 'debugdetail',
      udp: 'critical',
      geneve: 'debug',
      tunnel: 'debug',
      healthcheck: 'debug',
    });
  });

  test.each(['udp', 'udp=', '=debug', 'wifi=debug', 'udp=loud', 'udp=debug=info'])(
    '%j is refused',
    (text) => {
      expect(() => parseLogging(text)).toThrow(HandlerError);
    },
  );
});

describe('lines', () => {
  const collect = (levels = parseLogging(undefined)) => {
    const lines: [LogLevel, string, string][] = [];
    let now = 0;
    const log = createSectionLog(
      levels,
      (level, section, message) => lines.push([level, section, message]),
      () => now,
    );
    return { log, lines, wait: (ms: number) => (now += ms) };
  };

  test('pass by level', () => {
    const { log, lines } = collect(parseLogging('udp=important'));
    log('udp', 'info', 'not this');
    log('udp', 'important', 'this');
    log('core', 'debug', 'not this');
    expect(lines.map(([, , message]) => message)).toEqual(['this']);
    expect(log.enabled('core', 'info')).toBe(true);
    expect(log.enabled('core', 'debug')).toBe(false);
  });

  test('are bounded in rate for each section, and what was left out is told', () => {
    const { log, lines, wait } = collect();
    for (let index = 0; index < 1000; index++) log('udp', 'info', 'flood');
    log('core', 'info', 'not held back by the flood');
    expect(lines.filter(([, section]) => section === 'udp')).toHaveLength(2 * LINES_PER_SECOND);
    expect(lines.at(-1)?.[2]).toBe('not held back by the flood');
    wait(1000);
    log('udp', 'info', 'after');
    expect(lines.slice(-2).map(([, , message]) => message)).toEqual([
      '900 lines of section udp were not written',
      'after',
    ]);
  });

  // The original takes log text as a printf format: a payload of %s%n ended it.
  test('text from packets is only text: no format, no line breaks, no escape sequences', () => {
    const { log, lines } = collect();
    log('core', 'info', '%s%n%x\r\nforged line\u001b[2J');
    expect(lines[0]?.[2]).toBe('%s%n%x\\x0d\\x0aforged line\\x1b[2J');
    expect(printable('x'.repeat(10_000))).toHaveLength(4003);
  });
});
