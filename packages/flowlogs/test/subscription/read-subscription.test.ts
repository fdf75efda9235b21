import { describe, expect, test } from '@jest/globals';
import { propertyOptions } from '@net/testing';
import fc from 'fast-check';
import { gzipSync } from 'node:zlib';
import { defaultFormat } from '../../src/format/log-format.js';
import { rowsOf } from '../../src/scan/row.js';
import { scanColumns } from '../../src/scan/scan-columns.js';
import { readLambdaEvent, readSubscription, subscriptionLines } from '../../src/subscription/index.js';

const line =
  '2 123456789010 eni-1235b8ca123456789 172.31.16.139 172.31.16.21 20641 22 6 20 4249 1418530010 1418530070 ACCEPT OK';
const payload = {
  messageType: 'DATA_MESSAGE',
  owner: '123456789010',
  logGroup: 'vpc-flowgroup',
  logStream: 'eni-1235b8ca123456789-all',
  subscriptionFilters: ['all'],
  logEvents: [
    { id: '1', timestamp: 1418530010000, message: line },
    { id: '2', timestamp: 1418530010000, message: line.replace(' 22 ', ' 443 ') },
  ],
};
const packed = gzipSync(JSON.stringify(payload));

test('the record that a Lambda function gets, as records', async () => {
  const { records, rejected } = readLambdaEvent({ awslogs: { data: packed.toString('base64') } });
  expect(rejected).toEqual([]);
  expect(records[0]).toMatchObject({ owner: '123456789010', logGroup: 'vpc-flowgroup' });
  const ports: unknown[] = [];
  const chunks = [subscriptionLines(records)];
  for await (const batch of scanColumns(chunks, { columns: ['dstport'], format: defaultFormat }))
    for (const row of rowsOf(batch)) ports.push(row.dstport);
  expect(ports).toEqual([22, 443]);
});

test('records by Kinesis, with one that is none', () => {
  const data = packed.toString('base64');
  const { records, rejected } = readLambdaEvent({
    Records: [{ kinesis: { data } }, { kinesis: { data: 'AAAA' } }, { kinesis: { data } }],
  });
  expect(records).toHaveLength(2);
  expect(rejected).toMatchObject([
    { index: 1, reason: expect.stringContaining('no record of a subscription') },
  ]);
});

test('a control message has no events', () => {
  const control = {
    ...payload,
    messageType: 'CONTROL_MESSAGE',
    logEvents: [{ id: '', timestamp: 1, message: 'CWL CONTROL MESSAGE' }],
  };
  expect(readSubscription(gzipSync(JSON.stringify(control)))).toMatchObject({
    messageType: 'CONTROL_MESSAGE',
    events: [],
  });
});

describe('what is none', () => {
  test('is refused, and so is what unpacks to more than it should', () => {
    const bomb = gzipSync(Buffer.alloc(80 * 1024 * 1024));
    for (const data of ['', 'AAAA', gzipSync('{}'), packed.subarray(0, 50), bomb])
      expect(() => readSubscription(data)).toThrow('no record of a subscription');
  });

  test('anything may come', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.anything(),
          fc.record({ awslogs: fc.record({ data: fc.base64String() }) }),
          fc.record({ Records: fc.array(fc.anything()) }),
        ),
        (event) => {
          expect(readLambdaEvent(event)).toHaveProperty('records');
        },
      ),
      propertyOptions(500),
    );
  });
});
