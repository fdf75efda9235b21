import { describe, expect, test } from '@jest/globals';
import { propertyOptions } from '@net/testing';
import fc from 'fast-check';
import { formatTable, printable } from '../../src/index.js';
import { progressWords } from '../../src/output/progress.js';
import { columnsOf, fit, wrap } from '../../src/output/text.js';

const columns = [
  { title: 'NAME', value: (row: { name: string; size: number }) => row.name },
  { title: 'SIZE', value: (row: { name: string; size: number }) => row.size, align: 'right' as const },
];

describe('tables', () => {
  test('columns line up, numbers to the right, empty cells are a dash', () => {
    const rows = [
      { name: 'one', size: 5 },
      { name: '', size: 1000 },
    ];
    expect(formatTable(rows, columns)).toBe('NAME  SIZE\none      5\n-     1000\n');
  });

  test('no line is wider than the terminal, and numbers are never cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ name: fc.string({ unit: 'grapheme', maxLength: 80 }), size: fc.nat() })),
        fc.integer({ min: 24, max: 100 }),
        (rows, width) => {
          const text = formatTable(rows, columns, { width });
          const lines = text.split('\n').slice(0, -1);
          expect(lines).toHaveLength(rows.length + 1);
          for (const line of lines) expect(columnsOf(line)).toBeLessThanOrEqual(width);
          for (const [i, row] of rows.entries()) expect(lines[i + 1]?.endsWith(String(row.size))).toBe(true);
        },
      ),
      propertyOptions(300),
    );
  });

  test('cells cannot drive the terminal', () => {
    const [, line] = formatTable([{ name: 'a\u001B[2Jb\nc\u009B1m', size: 1 }], columns).split('\n');
    expect(line).toBe(String.raw`a\u001b[2Jb\nc\u009b1m     1`);
    expect(printable('tab\there\u2028')).toBe(String.raw`tab\there\u2028`);
  });
});

describe('text', () => {
  test('width counts wide characters twice and combining ones not', () => {
    expect(columnsOf('日本')).toBe(4);
    expect(columnsOf('e\u0301')).toBe(1);
    expect(columnsOf('🚀')).toBe(2);
    expect(fit('日本語', 5)).toBe('日本…');
    expect(fit('abc', 3)).toBe('abc');
  });

  test('wrap keeps the words and the width', () => {
    const text = 'one two three four five six seven';
    const wrapped = wrap(text, 12, 2);
    expect(wrapped.split(/\s+/).join(' ')).toBe(text);
    for (const line of wrapped.split('\n')) expect(line.trim().length).toBeLessThanOrEqual(12);
  });
});

test('progress says share, rate and time left', () => {
  expect(progressWords({ label: 'reading', total: 200, unit: 'records' }, 50, 5000)).toBe(
    'reading 25% 50/200 records, 10/s, 15s left',
  );
  expect(progressWords({ label: 'reading' }, 3, 2000)).toBe('reading 3, 1.5/s');
  expect(progressWords({ label: 'reading', total: 0 }, 0, 0)).toBe('reading 0/0, 0.0/s');
});
