import { expect, test } from '@jest/globals';
import { parseTime } from '../../src/command/parse-time.js';

const now = Date.UTC(2026, 0, 2);

test.each([
  ['2h', now - 7_200_000],
  ['7d ago', now - 604_800_000],
  ['2026-01-01', Date.UTC(2026, 0, 1)],
  ['2026-01-01T00:00:00Z', Date.UTC(2026, 0, 1)],
  ['2026-01-01 12:30:00', Date.UTC(2026, 0, 1, 12, 30)],
  ['1418530010', 1418530010000],
  ['1418530010000', 1418530010000],
])('%s', (text, timeMs) => {
  expect(parseTime(text, now)).toBe(timeMs);
});

test.each(['', 'noon', '12', '2026', '99h99'])('%j is none', (text) => {
  expect(() => parseTime(text, now)).toThrow('is no time');
});
