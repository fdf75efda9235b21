import { describe, expect, test } from '@jest/globals';
import { propertyOptions } from '@net/testing';
import fc from 'fast-check';
import { defaultFormat } from '../../src/format/log-format.js';
import { parseAddress, formatAddress } from '../../src/record/address.js';
import { parseLine } from '../../src/record/parse-line.js';
import { printLine } from '../../src/record/print-line.js';
import type { FlowRecord } from '../../src/record/record.js';
import { anyFormat, anyLines } from '../arbitraries.js';
import { cut, scanned } from './scanned.js';

const formatWithLines = anyFormat.chain((format) =>
  fc.record({ format: fc.constant(format), lines: anyLines(format) }),
);

describe('the scanner', () => {
  test('reads what parseLine reads, in any format, however the bytes are cut', () => {
    fc.assert(
      fc.property(
        formatWithLines,
        fc.array(fc.nat(), { maxLength: 8 }),
        fc.constantFrom('\n', '\r\n'),
        fc.boolean(),
        ({ format, lines }, places, lineEnd, endsWithLineEnd) => {
          const text = lines.join(lineEnd) + (endsWithLineEnd ? lineEnd : '');
          const found = scanned(cut(Buffer.from(text), places), { format, batchRows: 3, blockBytes: 8192 });
          const expected = lines.map((line) => parseLine(line, format)).filter((result) => result.ok);
          const records = expected.map((result) => result.record).filter(isData);
          expect(found.rejects).toEqual([]);
          expect(found.records.map(canonical)).toEqual(records.map(canonical));
          expect(found.counters.lines).toBe(lines.length);
          expect(found.counters.noData + found.counters.skipData + found.records.length).toBe(lines.length);
        },
      ),
      propertyOptions(500),
    );
  });

  test('compiled and interpreted agree on damaged lines: rows, rejects and their places', () => {
    fc.assert(
      fc.property(
        formatWithLines,
        fc.array(
          fc.record({
            at: fc.nat(),
            byte: fc.oneof(fc.nat(255), fc.constantFrom(10, 13, 32, 45, 48, 58, 46)),
          }),
          {
            minLength: 1,
            maxLength: 6,
          },
        ),
        ({ format, lines }, damages) => {
          const bytes = Buffer.from(`${lines.join('\n')}\n`);
          for (const { at, byte } of damages) bytes[at % bytes.length] = byte;
          const compiled = scanned([bytes], { format });
          const interpreted = scanned([bytes], { format, engine: 'interpreted' });
          expect(compiled).toEqual(interpreted);
          const { counters } = compiled;
          expect(
            counters.records + counters.rejected + counters.noData + counters.skipData + counters.blank,
          ).toBe(counters.lines - counters.headers);
          for (const rejected of compiled.rejects)
            expect(rejected.reason).not.toBe('not a record of the format');
        },
      ),
      propertyOptions(500),
    );
  });

  test('a subset of columns gives the same cells', () => {
    fc.assert(
      fc.property(formatWithLines, fc.infiniteStream(fc.boolean()), ({ format, lines }, choose) => {
        const columns = format.fields.map((field) => field.name).filter(() => choose.next().value === true);
        const bytes = Buffer.from(lines.join('\n'));
        const all = scanned([bytes], { format }).records.map((record) =>
          printLine(record, format).split(' '),
        );
        const some = scanned([bytes], { format, columns }).records.map((record) =>
          printLine(record, format).split(' '),
        );
        format.fields.forEach((field, index) => {
          if (!columns.includes(field.name)) return;
          expect(some.map((values) => values[index])).toEqual(all.map((values) => values[index]));
        });
      }),
      propertyOptions(500),
    );
  });

  test('any bytes give rows and rejects, never an error, in bounded memory', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 600 }), { maxLength: 20 }), (chunks) => {
        const compiled = scanned(chunks, { format: defaultFormat, blockBytes: 4096 });
        expect(compiled).toEqual(
          scanned(chunks, { format: defaultFormat, blockBytes: 4096, engine: 'interpreted' }),
        );
      }),
      propertyOptions(500),
    );
  });
});

describe('printLine', () => {
  test('gives back the line', () => {
    fc.assert(
      fc.property(formatWithLines, ({ format, lines }) => {
        for (const line of lines) {
          const read = parseLine(line, format);
          if (!read.ok) throw new Error(read.error.reason);
          const times = format.fields.flatMap((field, index) => (field.kind === 'time' ? [index] : []));
          const hasMilliseconds = times.some((index) => Number(line.split(' ')[index]) >= 1e11);
          if (hasMilliseconds) continue;
          expect(printLine(read.record, format)).toBe(line);
        }
      }),
      propertyOptions(500),
    );
  });
});

function isData(record: FlowRecord): boolean {
  return record.logStatus !== 'NODATA' && record.logStatus !== 'SKIPDATA';
}

/** Addresses in their canonical text: columns keep the address, not how it was written. */
function canonical(record: FlowRecord): FlowRecord {
  const copy: Record<string, unknown> = { ...record };
  for (const key of ['srcaddr', 'dstaddr', 'pktSrcaddr', 'pktDstaddr']) {
    if (typeof copy[key] === 'string') copy[key] = formatAddress(parseAddress(copy[key])!);
  }
  return copy as FlowRecord;
}
