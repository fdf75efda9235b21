import { describe, expect, test } from '@jest/globals';
import {
  ColumnScanner,
  DuplicateFilter,
  deduplicationKey,
  defaultFormat,
  duplicateColumns,
  parseLine,
  type FlowRecord,
} from '../../src/index.js';

const lines = [
  '2 1 eni-1 10.0.0.1 10.0.0.2 1 2 6 10 840 1600000000 1600000050 ACCEPT OK',
  '2 1 eni-2 10.0.0.1 10.0.0.2 1 2 6 10 840 1600000000 1600000050 ACCEPT OK',
  '2 1 eni-1 10.0.0.1 10.0.0.2 1 2 6 10 840 1600000000 1600000050 REJECT OK',
  '2 1 eni-1 10.0.0.1 10.0.0.2 1 2 6 10 840 1600000060 1600000110 ACCEPT OK',
  '2 1 eni-1 10.0.0.1 10.0.0.2 1 2 17 10 840 1600000000 1600000050 ACCEPT OK',
  '2 1 eni-1 2001:db8::1 2001:db8::2 1 2 6 10 840 1600000000 1600000050 ACCEPT OK',
  '2 1 eni-1 10.0.0.2 10.0.0.1 2 1 6 10 840 1600000000 1600000050 ACCEPT OK',
];

function record(line: string): FlowRecord {
  const result = parseLine(line, defaultFormat);
  if (!result.ok) throw new Error(result.error.reason);
  return result.record;
}

describe('repeated records', () => {
  test('keys differ where records do, and by source on request', () => {
    const keys = lines.map((line) => deduplicationKey(record(line)));
    expect(new Set(keys).size).toBe(lines.length);
    expect(deduplicationKey(record(lines[0]!), 'fl-1')).not.toBe(deduplicationKey(record(lines[0]!), 'fl-2'));
  });

  test('are found in batches', () => {
    const filter = new DuplicateFilter();
    const scanner = new ColumnScanner({ columns: duplicateColumns, format: defaultFormat });
    scanner.write(Buffer.from(`${[...lines, ...lines].join('\n')}\n`), () => undefined);
    const mask = new Uint8Array(lines.length * 2).fill(1);
    mask[1] = 0;
    scanner.end((batch) => filter.apply(batch, mask));
    // The second line was masked the first time, so that its repetition is the first one seen.
    expect([...mask]).toEqual([1, 0, 1, 1, 1, 1, 1, 0, 1, 0, 0, 0, 0, 0]);
    expect(filter.duplicates).toBe(6);
  });

  test('memory has a bound: old records are forgotten', () => {
    const filter = new DuplicateFilter(8);
    const scanner = new ColumnScanner({ columns: duplicateColumns, format: defaultFormat });
    for (let i = 0; i < 1000; i++) {
      scanner.write(
        Buffer.from(
          `2 1 eni-1 10.0.0.1 10.0.0.2 ${i} 2 6 10 840 ${1_600_000_000 + i} 1600000050 ACCEPT OK\n`,
        ),
        () => undefined,
      );
    }
    scanner.write(
      Buffer.from(`2 1 eni-1 10.0.0.1 10.0.0.2 0 2 6 10 840 1600000000 1600000050 ACCEPT OK\n`),
      () => undefined,
    );
    scanner.end((batch) => filter.apply(batch, new Uint8Array(batch.rows).fill(1)));
    expect(filter.duplicates).toBe(0);
  });
});
