import { expect, test } from '@jest/globals';
import { propertyOptions } from '@net/testing';
import fc from 'fast-check';
import { createTransformation, firehoseLines } from '../../src/firehose/index.js';
import { defaultFormat } from '../../src/format/log-format.js';

const line =
  '2 123456789010 eni-1235b8ca123456789 172.31.16.139 172.31.16.21 20641 22 6 20 4249 1418530010 1418530070 ACCEPT OK';
const base64 = (text: string): string => Buffer.from(text).toString('base64');

test('lines with and without a wrapping, following each other with and without ends', () => {
  expect(firehoseLines(base64(`{"message":"${line}"}{"message":"${line}"}\n`))).toEqual([line, line]);
  expect(firehoseLines(base64(`${line}\r\n\n${line}`))).toEqual([line, line]);
});

test('a transformation: what is made, dropped, and what fails stays as it was', () => {
  const transform = createTransformation(defaultFormat, ({ dstport, bytes }) =>
    dstport === 22 ? { bytes } : undefined,
  );
  const data = [base64(`{"message":"${line}"}`), base64(line.replace(' 22 ', ' 443 ')), base64('hello')];
  const { records } = transform({
    records: data.map((each, index) => ({ recordId: String(index), data: each })),
  });
  expect(records).toEqual([
    { recordId: '0', result: 'Ok', data: base64('{"bytes":4249}\n') },
    { recordId: '1', result: 'Dropped', data: data[1] },
    { recordId: '2', result: 'ProcessingFailed', data: data[2] },
  ]);
});

test('any bytes give lines', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      expect(firehoseLines(bytes).every((each) => typeof each === 'string')).toBe(true);
    }),
    propertyOptions(300),
  );
});
