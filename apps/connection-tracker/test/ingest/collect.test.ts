import {
  AddressClasses,
  type ColumnBatch,
  defaultFormat,
  LogFormat,
  Orienter,
  scanColumns,
} from '@net/flowlogs';
import { describe, expect, test } from '@jest/globals';
import { Collector, collectedColumns, type DirectionMode, toDeltas } from '../../src/ingest/index.js';
import { inventoryLookup } from '../../src/ingest/endpoint-of.js';
import type { PublicInterface } from '../../src/inventory/index.js';
import { createReverseNames, createSourceNames, parseNetworks } from '../../src/names/index.js';

const web: PublicInterface = {
  interfaceId: 'eni-1',
  kind: 'classic-load-balancer',
  description: 'ELB web',
  publicAddressOf: { '10.0.0.5': '203.0.113.5', '203.0.113.5': '203.0.113.5' },
  name: 'web-1.elb.amazonaws.com',
  privateAddress: '10.0.0.5',
};
const interfaces: Record<string, PublicInterface> = {
  'eni-1': web,
  'eni-2': {
    ...web,
    interfaceId: 'eni-2',
    kind: 'instance',
    description: '',
    name: 'app',
    publicAddressOf: { '10.0.0.6': '203.0.113.6' },
  },
  'eni-3': {
    ...web,
    interfaceId: 'eni-3',
    kind: 'other',
    description: 'Interface for NAT Gateway',
    name: undefined,
  },
};
const endpoints = inventoryLookup({ at: (id) => interfaces[id] });
const v5 = LogFormat.parse(`${defaultFormat.key} tcp-flags flow-direction`);

async function collect(
  lines: readonly string[],
  mode: DirectionMode = 'evidence',
  format = v5,
): Promise<Collector> {
  const collector = new Collector(endpoints, new Orienter(), mode);
  const chunks = [Buffer.from(`${lines.join('\n')}\n`)];
  for await (const batch of scanColumns(chunks, { format, columns: collectedColumns }))
    collector.add(batch as ColumnBatch);
  return collector;
}

const start = Date.UTC(2026, 0, 1, 23, 59, 59) / 1_000;
const record = (
  eni: string,
  source: string,
  dest: string,
  ports: string,
  more: { action?: string; at?: number; flags?: number; way?: string } = {},
): string => {
  const { action = 'ACCEPT', at = start, flags = 2, way = 'ingress' } = more;
  return `2 123 ${eni} ${source} ${dest} ${ports} 6 10 900 ${at} ${at + 50} ${action} OK ${flags} ${way}`;
};

describe('what is counted', () => {
  test('accepted records from a public source at a public interface, in the day of their own start', async () => {
    const collector = await collect([
      record('eni-1', '198.18.0.1', '10.0.0.5', '50000 443'),
      record('eni-1', '8.8.8.8', '10.0.0.5', '50000 443'),
      record('eni-1', '8.8.8.8', '10.0.0.5', '50001 443'),
      record('eni-1', '8.8.8.8', '10.0.0.5', '50002 443', { at: start + 2 }),
      record('eni-1', '10.0.0.5', '8.8.8.8', '443 50000', { flags: 18, way: 'egress' }),
      record('eni-1', '8.8.4.4', '10.0.0.5', '50000 22', { action: 'REJECT' }),
      record('eni-9', '8.8.8.8', '10.0.0.9', '50000 443'),
      record('eni-3', '8.8.8.8', '10.0.0.5', '50000 443'),
    ]);
    const sightings = collector.take();
    expect(
      sightings.map(({ day, source, dest, destPort, count }) => ({ day, source, dest, destPort, count })),
    ).toEqual([
      { day: '2026-01-01', source: '8.8.8.8', dest: 'web-1.elb.amazonaws.com', destPort: 443, count: 2 },
      { day: '2026-01-02', source: '8.8.8.8', dest: 'web-1.elb.amazonaws.com', destPort: 443, count: 1 },
    ]);
    expect(collector.passedOver).toEqual({
      notPublic: 1,
      rejected: 1,
      privateSource: 2,
      answers: 0,
      excluded: 1,
      incomplete: 0,
    });
    expect(sightings[0]).toMatchObject({ decidedBy: { syn: 2 } });
  });

  test('answers to what the endpoint itself called are not inbound; with the original rule they are', async () => {
    const lines = [
      record('eni-2', '10.0.0.6', '8.8.8.8', '40000 443', { way: 'egress' }),
      record('eni-2', '8.8.8.8', '10.0.0.6', '443 40000', { flags: 18 }),
    ];
    expect((await collect(lines)).take()).toEqual([]);
    expect((await collect(lines)).passedOver.answers).toBe(1);
    expect((await collect(lines, 'original')).take()).toMatchObject([
      { dest: 'app/203.0.113.6', destPort: 40000, count: 1 },
    ]);
  });

  test('100.64.0.0/10 is public, as in the original', async () => {
    expect((await collect([record('eni-1', '100.64.1.1', '10.0.0.5', '50000 443')])).take()).toHaveLength(1);
  });

  test('NODATA, SKIPDATA and damaged lines are no records', async () => {
    const collector = await collect([
      `2 123 eni-1 - - - - - - - ${start} ${start + 60} - NODATA - -`,
      'hello',
      record('eni-1', '8.8.8.8', '10.0.0.5', '50000 443'),
    ]);
    expect(collector.counted).toBe(1);
  });
});

describe('deltas', () => {
  const names = createSourceNames(
    parseNetworks('office=8.8.8.0/24'),
    createReverseNames({
      reverse: (address) => Promise.resolve(address.startsWith('52.') ? ['s3-eu-west-1.amazonaws.com'] : []),
    }),
  );

  test('sources of one name are one connection, with both of their counts', async () => {
    const collector = await collect([
      record('eni-1', '8.8.8.8', '10.0.0.5', '50000 443'),
      record('eni-1', '8.8.8.9', '10.0.0.5', '50001 443', { flags: 0 }),
    ]);
    const deltas = await toDeltas(collector.take(), names, new AddressClasses());
    expect(deltas).toMatchObject([{ source: 'office', dest: 'web-1.elb.amazonaws.com', count: 2 }]);
    expect(Object.values(deltas[0]!.decidedBy).reduce((sum, count) => sum + count, 0)).toBe(2);
  });

  test('S3 that answers an instance is left out, at a load balancer it is not', async () => {
    const classes = {
      of: () => ({ isPublic: true, aws: { service: 'S3', region: 'eu-west-1', networkBorderGroup: '' } }),
    } as unknown as AddressClasses;
    const lines = [
      record('eni-2', '52.218.0.1', '10.0.0.6', '443 40000', { flags: 0 }),
      record('eni-1', '52.218.0.1', '10.0.0.5', '50000 443'),
    ];
    const deltas = await toDeltas((await collect(lines, 'original')).take(), names, classes);
    expect(deltas.map(({ dest }) => dest)).toEqual(['web-1.elb.amazonaws.com']);
  });
});
