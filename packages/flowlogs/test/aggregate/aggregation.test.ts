import { describe, expect, test } from '@jest/globals';
import { propertyOptions } from '@net/testing';
import fc from 'fast-check';
import { Aggregation, type AggregationSpec, type SpillStore } from '../../src/aggregate/aggregation.js';
import { DistinctCounter } from '../../src/aggregate/distinct.js';
import { addExact, ExactSums } from '../../src/aggregate/exact-sums.js';
import type { AggregationState } from '../../src/aggregate/state.js';
import { allFieldsFormat, type LogFormat } from '../../src/format/log-format.js';
import { generateRecords, generateText } from '../../src/generate/generate.js';
import { printLine } from '../../src/record/print-line.js';
import type { FlowRecord } from '../../src/record/record.js';
import { ColumnScanner } from '../../src/scan/column-scanner.js';

const options = { connections: 2000, clients: 300, ipv6Share: 0.3, seed: 7 } as const;
const records = [...generateRecords(options)]
  .map((entry) => entry.record)
  .filter((record) => record.logStatus === 'OK');
const text = Buffer.from([...generateText({ ...options, format: allFieldsFormat })].join(''));

function aggregated(
  spec: AggregationSpec,
  bytes: Uint8Array = text,
  into = new Aggregation(spec),
): Aggregation {
  const scanner = new ColumnScanner({ columns: into.columns, batchRows: 512, dictionaryBytes: 100_000 });
  scanner.write(bytes, (batch) => into.add(batch));
  scanner.end((batch) => into.add(batch));
  return into;
}

/** The same by plain means. */
function expected(
  keyOf: (record: FlowRecord) => string,
  all: readonly FlowRecord[] = records,
): Map<string, number[]> {
  const groups = new Map<string, number[]>();
  for (const record of all) {
    const key = keyOf(record);
    const [count, packets, bytes, first, last, flags] = groups.get(key) ?? [0, 0, 0, Infinity, 0, 0];
    groups.set(key, [
      count! + 1,
      packets! + record.packets!,
      bytes! + record.bytes!,
      Math.min(first!, record.startMs!),
      Math.max(last!, record.endMs!),
      flags! | record.tcpFlags!,
    ]);
  }
  return groups;
}

const measures = ['records', 'packets', 'bytes', 'first', 'last', 'flags'] as const;

function plain(aggregation: Aggregation): Map<string, number[]> {
  return new Map(
    [...aggregation.groups()].map(({ key, values }) => [
      Object.values(key).join(' '),
      measures.map((measure) => Number(values[measure])),
    ]),
  );
}

const byConnection = ['srcaddr', 'dstaddr', 'srcport', 'dstport', 'protocol', 'interface-id'];
const connectionKey = (record: FlowRecord): string =>
  [record.srcaddr, record.dstaddr, record.srcport, record.dstport, record.protocol, record.interfaceId].join(
    ' ',
  );

/** A spill in memory, through the same copying that files do. */
function memorySpill(): SpillStore & { writes: number } {
  const parts = Array.from({ length: 8 }, (): AggregationState[] => []);
  return {
    partitions: 8,
    writes: 0,
    write(partition, state) {
      this.writes++;
      parts[partition]!.push(structuredClone(state));
    },
    read: (partition) => parts[partition]!,
    close: () => undefined,
  };
}

describe('aggregation', () => {
  test('counts what plain means count, for keys of every kind', () => {
    const spec = { keys: byConnection, measures };
    expect(plain(aggregated(spec))).toEqual(expected(connectionKey));
    expect(plain(aggregated({ keys: ['action', 'tcp-flags', 'flow-direction'], measures }))).toEqual(
      expected((record) => [record.action, record.tcpFlags, record.flowDirection].join(' ')),
    );
    expect(plain(aggregated({ keys: [], measures }))).toEqual(expected(() => ''));
    expect(plain(aggregated({ keys: ['minute'], measures }))).toEqual(
      expected((record) => new Date(Math.floor(record.startMs! / 60_000) * 60_000).toISOString()),
    );
  });

  test('parts counted apart and merged in any order are the whole', () => {
    const lines = text.toString().trimEnd().split('\n');
    fc.assert(
      fc.property(fc.array(fc.nat(lines.length), { maxLength: 5 }), fc.boolean(), (cuts, reverse) => {
        const places = [1, ...cuts.map((cut) => Math.max(1, cut)).sort((a, b) => a - b), lines.length];
        const spec = { keys: byConnection, measures };
        const parts = places.slice(1).map((end, i) => {
          const part = [lines[0]!, ...lines.slice(places[i], end)].join('\n');
          return structuredClone(aggregated(spec, Buffer.from(part)).state());
        });
        const whole = new Aggregation(spec);
        for (const state of reverse ? parts.reverse() : parts) whole.mergeState(state);
        expect(plain(whole)).toEqual(expected(connectionKey));
      }),
      propertyOptions(8),
    );
  });

  test('with a spill nothing is lost however few groups fit into memory', () => {
    const spill = memorySpill();
    const spec = { keys: byConnection, measures, maxGroups: 1024 };
    const aggregation = aggregated(spec, text, new Aggregation(spec, spill));
    expect(plain(aggregation)).toEqual(expected(connectionKey));
    expect(spill.writes).toBeGreaterThan(8);
    expect(aggregation.rest).toBeUndefined();
  });

  test('without a spill the largest are kept, the rest is counted, and the bound holds', () => {
    const aggregation = aggregated({
      keys: ['srcaddr', 'srcport'],
      measures: ['records', 'bytes'],
      maxGroups: 1024,
    });
    const truth = expected((record) => `${record.srcaddr} ${record.srcport}`);
    const { rest } = aggregation;
    expect(rest!.groups).toBeGreaterThan(0);
    const groups = [...aggregation.groups()];
    const sum = (measure: 'records' | 'bytes'): number =>
      groups.reduce((total, group) => total + Number(group.values[measure]), Number(rest!.values[measure]));
    expect(sum('records')).toBe(records.length);
    expect(sum('bytes')).toBe(records.reduce((total, record) => total + record.bytes!, 0));
    for (const { key, values } of groups) {
      const bytes = truth.get(`${key['srcaddr']} ${key['srcport']}`)![2]!;
      expect(Number(values['bytes'])).toBeLessThanOrEqual(bytes);
      expect(Number(values['bytes'])).toBeGreaterThanOrEqual(bytes - rest!.errorBound);
    }
    const shown = new Set(groups.map(({ key }) => `${key['srcaddr']} ${key['srcport']}`));
    for (const [key, [, , bytes]] of truth)
      if (!shown.has(key)) expect(bytes).toBeLessThanOrEqual(rest!.errorBound);
  });

  test('top gives the largest first', () => {
    const top = aggregated({ keys: ['dstport'], measures: ['records', 'bytes'] }).top(5, 'records');
    const truth = [...expected((record) => String(record.dstport))].sort((a, b) => b[1][0]! - a[1][0]!);
    expect(top.map((group) => group.values['records'])).toEqual(
      truth.slice(0, 5).map(([, values]) => values[0]),
    );
  });

  test.each([
    [{ action: 'REJECT' }, (record: FlowRecord) => record.action === 'REJECT'],
    [
      { dstport: ['443', '8000-9000'] },
      (r: FlowRecord) => r.dstport === 443 || (r.dstport! >= 8000 && r.dstport! <= 9000),
    ],
    [{ srcaddr: ['10.0.0.0/8'] }, (record: FlowRecord) => record.srcaddr!.startsWith('10.')],
    [
      { dstaddr: ['!10.0.0.0/8', '!2001:db8::/32'] },
      (r: FlowRecord) => !/^(10\.|2001:db8:)/.test(r.dstaddr!),
    ],
    [
      { protocol: 17, action: ['ACCEPT'] },
      (record: FlowRecord) => record.protocol === 17 && record.action === 'ACCEPT',
    ],
    [
      { start: '2026-01-01T00:00:10Z..' },
      (record: FlowRecord) => record.startMs! >= Date.UTC(2026, 0, 1, 0, 0, 10),
    ],
  ])('where %j', (where, predicate) => {
    const all = records.filter(predicate);
    expect(all.length).toBeGreaterThan(0);
    expect(plain(aggregated({ keys: byConnection, measures, where }))).toEqual(expected(connectionKey, all));
  });

  test('distinct peers are near the truth', () => {
    const group = [
      ...aggregated({
        keys: [],
        measures: ['distinct:srcaddr', 'distinct:dstport', 'distinct:action'],
      }).groups(),
    ][0]!;
    const peers = new Set(records.map((record) => record.srcaddr)).size;
    expect(Math.abs(Number(group.values['distinct:srcaddr']) - peers)).toBeLessThan(peers * 0.06);
    expect(group.values['distinct:action']).toBe(2);
  });

  test.each([
    [{ keys: ['nonsense!'] }, 'NET_FLOWLOGS_COLUMN'],
    [{ keys: ['bytes'] }, 'NET_FLOWLOGS_COLUMN'],
    [{ keys: ['srcaddr'], measures: ['distinct:nothing' as const] }, 'NET_FLOWLOGS_COLUMN'],
    [{ keys: ['srcaddr'], maxGroups: 3 }, 'NET_FLOWLOGS_ARGUMENT'],
    [{ keys: ['srcaddr'], where: { srcaddr: 'x' } }, 'NET_FLOWLOGS_ARGUMENT'],
    [{ keys: ['srcaddr'], where: { dstport: '5-' } }, 'NET_FLOWLOGS_ARGUMENT'],
    [{ keys: ['srcaddr'], where: { start: 'yesterday' } }, 'NET_FLOWLOGS_ARGUMENT'],
  ])('refuses %j', (spec, code) => {
    expect(() => aggregated(spec)).toThrow(expect.objectContaining({ code }));
  });
});

describe('exact sums', () => {
  test('stay exact far beyond 2^53', () => {
    fc.assert(
      fc.property(fc.array(fc.maxSafeNat(), { maxLength: 60 }), (values) => {
        const sums = new ExactSums();
        sums.reserve(2);
        sums.addRows(new Int32Array(values.length).fill(1), Float64Array.from(values), values.length);
        const truth = values.reduce((sum, value) => sum + BigInt(value), 0n);
        expect(BigInt(sums.get(1))).toBe(truth);
        expect(BigInt(values.reduce<number | bigint>(addExact, 0))).toBe(truth);
        const twice = new ExactSums();
        twice.reserve(1);
        twice.addFrom(0, sums, 1);
        twice.addFrom(0, sums, 1);
        expect(BigInt(twice.get(0))).toBe(truth * 2n);
      }),
      propertyOptions(300),
    );
  });

  test('a record at a time through the scanner', () => {
    const format: LogFormat = allFieldsFormat;
    const line = printLine({ ...records[0]!, bytes: Number.MAX_SAFE_INTEGER }, format);
    const bytes = Buffer.from(`${format.key}\n${`${line}\n`.repeat(1000)}`);
    const [group] = aggregated({ keys: ['srcaddr'], measures: ['bytes'] }, bytes).top(1);
    expect(group!.values['bytes']).toBe(BigInt(Number.MAX_SAFE_INTEGER) * 1000n);
  });
});

describe('DistinctCounter', () => {
  test.each([10, 64, 65, 1000, 20_000, 300_000])('%i items', (items) => {
    const parts = [new DistinctCounter(), new DistinctCounter()];
    let state = 12_345;
    const next = (): number => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0);
    const mixed = (): number => {
      const value = next();
      return Math.imul(value ^ (value >>> 15), 0x2c1b3c6d) ^ (value >>> 9);
    };
    for (let i = 0; i < items; i++) {
      const [a, b] = [mixed(), mixed()];
      parts[i % 2]!.add(a, b);
      if (i % 3 === 0) parts[0]!.add(a, b);
    }
    parts[0]!.merge(parts[1]!);
    const error = Math.abs(parts[0]!.estimate - items) / items;
    expect(error).toBeLessThan(items <= 64 ? 1e-9 : 0.06);
  });
});
