import { gzipSync } from 'node:zlib';
import { expect } from '@jest/globals';
import { propertyOptions } from '@net/testing';
import fc from 'fast-check';
import { pumpColumns } from '../../src/scan/scan-columns.js';
import { rowsOf } from '../../src/scan/row.js';
import { anyFormat, anyLines } from '../arbitraries.js';
import { cut, scanned } from './scanned.js';

const damage = fc.record({
  at: fc.nat(),
  byte: fc.oneof(fc.nat(255), fc.constantFrom(0, 9, 10, 13, 31, 32, 33, 45, 46, 48, 58, 127, 128)),
  kind: fc.constantFrom('replace', 'insert', 'remove'),
});
const damagedText = anyFormat.chain((format) =>
  fc.record({
    format: fc.constant(format),
    lines: anyLines(format, 8),
    damages: fc.array(damage, { maxLength: 6 }),
    chosen: fc.array(fc.boolean(), { minLength: 16, maxLength: 19 }),
    places: fc.array(fc.nat(), { maxLength: 4 }),
  }),
);

/**
 * Damaged lines, any subset of columns, cut anywhere: both engines agree in rows, rejects and their places; no line is
 * lost. The interpreted engine reads fields one by one as `parseLine` does.
 */
export function fuzzLines(runs: number): void {
  fc.assert(
    fc.property(damagedText, ({ format, lines, damages, chosen, places }) => {
      const bytes = damaged(Buffer.from(`${lines.join('\n')}\n`), damages);
      const columns = format.fields
        .map((field) => field.name)
        .filter((_name, index) => chosen[index] === true);
      const chunks = cut(bytes, places);
      const compiled = scanned(chunks, { format, columns, blockBytes: 4096, batchRows: 3 });
      expect(compiled).toEqual(scanned([bytes], { format, columns, engine: 'interpreted' }));
      const { counters } = compiled;
      expect(
        counters.records + counters.rejected + counters.noData + counters.skipData + counters.blank,
      ).toBe(counters.lines - counters.headers);
    }),
    propertyOptions(runs),
  );
}

/** Damaged gzip: what comes out before the error is whole lines or rejects; the error has a code. */
export async function fuzzGzip(runs: number): Promise<void> {
  await fc.assert(
    fc.asyncProperty(damagedText, async ({ format, lines, damages, places }) => {
      const packed = damaged(gzipSync(Buffer.from(lines.join('\n'))), damages);
      let rows = 0;
      try {
        await pumpColumns(cut(packed, places), { columns: ['*'], format }, (batch) => {
          for (const row of rowsOf(batch)) {
            row.toRecord();
            rows++;
          }
        });
      } catch (error) {
        expect((error as { code?: string }).code).toMatch(/^NET_FLOWLOGS_/);
      }
      if (damages.length === 0) expect(rows).toBeLessThanOrEqual(lines.length);
    }),
    propertyOptions(runs),
  );
}

function damaged(bytes: Buffer, damages: readonly { at: number; byte: number; kind: string }[]): Buffer {
  let result = bytes;
  for (const { at, byte, kind } of damages) {
    const place = at % (result.length + 1);
    const before = result.subarray(0, place);
    const after = result.subarray(kind === 'insert' ? place : place + 1);
    result = Buffer.concat(kind === 'remove' ? [before, after] : [before, Buffer.from([byte]), after]);
  }
  return result;
}
