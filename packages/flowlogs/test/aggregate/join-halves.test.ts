import { existsSync, readdirSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { temporaryDirectory } from '@net/testing';
import {
  Aggregation,
  type AggregationSpec,
  ColumnScanner,
  allFieldsFormat,
  createFileSpill,
  defaultFormat,
  generateRecords,
  printLine,
} from '../../src/index.js';

function counted(spec: AggregationSpec, lines: readonly string[], format = defaultFormat): Aggregation {
  const aggregation = new Aggregation(spec);
  const scanner = new ColumnScanner({ columns: aggregation.columns, format });
  scanner.write(Buffer.from(`${lines.join('\n')}\n`), (batch) => aggregation.add(batch));
  scanner.end((batch) => aggregation.add(batch));
  return aggregation;
}

const byConnection: AggregationSpec = {
  keys: ['client', 'clientport', 'server', 'serverport', 'protocol', 'decided-by'],
  measures: ['records', 'packets-to-server', 'bytes-to-server', 'packets-to-client', 'bytes-to-client'],
  joinHalves: true,
};

describe('both halves of a connection', () => {
  test('are one group, with what went which way', () => {
    const groups = [
      ...counted(byConnection, [
        '2 1 eni-1 198.51.100.7 10.0.0.5 50000 443 6 10 840 1600000000 1600000050 ACCEPT OK',
        '2 1 eni-1 10.0.0.5 198.51.100.7 443 50000 6 20 9000 1600000000 1600000050 ACCEPT OK',
      ]).groups(),
    ];
    expect(groups).toEqual([
      {
        key: {
          client: '198.51.100.7',
          clientport: 50_000,
          server: '10.0.0.5',
          serverport: 443,
          protocol: 6,
          'decided-by': 'ports',
        },
        values: {
          records: 2,
          'packets-to-server': 10,
          'bytes-to-server': 840,
          'packets-to-client': 20,
          'bytes-to-client': 9000,
        },
      },
    ]);
  });

  test('meet even where nothing tells who opened the connection', () => {
    const lines = [
      '2 1 eni-1 10.0.0.9 10.0.0.5 0 0 1 1 84 1600000000 1600000050 ACCEPT OK',
      '2 1 eni-1 10.0.0.5 10.0.0.9 0 0 1 1 84 1600000000 1600000050 ACCEPT OK',
      '2 1 eni-1 2001:db8::9 2001:db8::5 123 123 17 1 84 1600000000 1600000050 ACCEPT OK',
      '2 1 eni-1 2001:db8::5 2001:db8::9 123 123 17 1 84 1600000000 1600000050 ACCEPT OK',
    ];
    const groups = [...counted(byConnection, lines).groups()];
    expect(groups.map(({ values }) => values['records'])).toEqual([2, 2]);
    expect(groups.map(({ key }) => key['decided-by'])).toEqual(['original', 'original']);
  });

  test('of generated traffic give back what each connection sent and received', () => {
    const generated = [
      ...generateRecords({ connections: 400, longShare: 0, noDataShare: 0, seed: 3 }),
    ].filter(({ truth }) => truth?.connection.kind === 'inbound' && !truth.connection.isIpv6);
    const lines = generated.map(({ record }) => printLine(record, allFieldsFormat));
    const byEnds = { ...byConnection, keys: ['client', 'clientport', 'server', 'serverport'] };
    const found = [...counted(byEnds, lines, allFieldsFormat).groups()].map(({ key, values }) => [
      Object.values(key).join(' '),
      values['packets-to-server'],
      values['packets-to-client'],
    ]);
    const connections = new Set(
      generated.flatMap(({ truth }) => (truth === undefined ? [] : [truth.connection])),
    );
    const truth = [...connections].map(({ client, server, packets }) => [
      `${client.address} ${client.port} ${server.address} ${server.port}`,
      ...packets,
    ]);
    expect(found.map(String).sort()).toEqual(truth.map(String).sort());
  });

  test('can be filtered and counted by joined fields', () => {
    const lines = [
      '2 1 eni-1 198.51.100.7 10.0.0.5 50000 443 6 10 840 1600000000 1600000050 ACCEPT OK',
      '2 1 eni-1 10.0.0.5 198.51.100.7 443 50000 6 20 9000 1600000000 1600000050 ACCEPT OK',
      '2 1 eni-1 198.51.100.8 10.0.0.5 50000 443 6 10 840 1600000000 1600000050 ACCEPT OK',
      '2 1 eni-1 198.51.100.8 10.0.0.5 50000 22 6 10 840 1600000000 1600000050 ACCEPT OK',
    ];
    const aggregation = counted(
      {
        keys: ['server', 'serverport'],
        measures: ['distinct:client', 'bytes-to-client'],
        where: { serverport: 443, client: '198.51.100.0/24' },
        joinHalves: true,
      },
      lines,
    );
    expect([...aggregation.groups()]).toEqual([
      {
        key: { server: '10.0.0.5', serverport: 443 },
        values: { 'distinct:client': 2, 'bytes-to-client': 9000 },
      },
    ]);
  });

  test('joined fields need joining', () => {
    expect(() => new Aggregation({ keys: ['client'] })).toThrow(/client needs joinHalves/);
    expect(() => new Aggregation({ keys: [], measures: ['bytes-to-client'] })).toThrow(/needs joinHalves/);
    expect(() => new Aggregation({ keys: [], where: { server: '10.0.0.1' } })).toThrow(/needs joinHalves/);
  });
});

describe('a spill to files', () => {
  test('loses nothing, and leaves nothing behind', () => {
    const directory = temporaryDirectory('spill');
    const spec: AggregationSpec = {
      keys: ['srcaddr', 'srcport', 'interface-id'],
      measures: ['records', 'bytes', 'first', 'last', 'flags', 'distinct:dstaddr'],
      maxGroups: 1024,
    };
    const lines = Array.from({ length: 20_000 }, (_unused, i) => {
      const bytes = i % 7 === 0 ? '9007199254740991' : '840';
      return `2 1 eni-${i % 3} 10.0.${i % 50}.1 10.0.0.5 ${i % 4000} 443 6 10 ${bytes} 1600000000 1600000050 ACCEPT OK`;
    });
    const spill = createFileSpill({ directory, partitions: 4 });
    const spilled = new Aggregation(spec, spill);
    const scanner = new ColumnScanner({ columns: spilled.columns, format: defaultFormat, batchRows: 500 });
    scanner.write(Buffer.from(`${lines.join('\n')}\n`), (batch) => spilled.add(batch));
    scanner.end((batch) => spilled.add(batch));
    const whole = counted({ ...spec, maxGroups: 1_000_000 }, lines);
    const sorted = (aggregation: Aggregation): string[] =>
      [...aggregation.groups()]
        .map((group) =>
          JSON.stringify(group, (_key, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value)),
        )
        .sort();
    expect(readdirSync(directory).length).toBe(1);
    expect(sorted(spilled)).toEqual(sorted(whole));
    expect(spilled.rest).toBeUndefined();
    spilled.close();
    expect(readdirSync(directory)).toEqual([]);
    expect(existsSync(directory)).toBe(true);
  });

  test('says what is wrong', () => {
    expect(() => createFileSpill({ partitions: 1 })).toThrow(/not between 2 and 1,024/);
    expect(() => createFileSpill({ directory: '/nowhere/at/all' })).toThrow(/cannot be spilled/);
  });
});
