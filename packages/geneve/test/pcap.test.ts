import { describe, expect, test } from '@jest/globals';
import { propertyOptions } from '@net/testing';
import fc from 'fast-check';
import { decodePcap, encodePcap, fromHex, LINKTYPE_RAW } from '../src/index.js';

test('what is written is read', () => {
  const record = fc.record({
    timeNanoseconds: fc.bigInt(0n, 4_294_967_295_999_999_999n),
    data: fc.uint8Array({ maxLength: 50 }),
    originalLength: fc.nat(0xffffffff),
  });
  fc.assert(
    fc.property(fc.array(record, { maxLength: 5 }), (records) => {
      const file = { linkType: LINKTYPE_RAW, snapLength: 100, records };
      expect(decodePcap(encodePcap(file))).toEqual({ ok: true, value: file });
    }),
    propertyOptions(),
  );
});

test('a big-endian file with microseconds', () => {
  const bytes = fromHex(
    'a1b2c3d4 0002 0004 00000000 00000000 00000400 00000001  00000001 00000002 00000002 00000040 beef',
  );
  expect(decodePcap(bytes)).toMatchObject({
    ok: true,
    value: {
      linkType: 1,
      snapLength: 1024,
      records: [{ timeNanoseconds: 1_000_002_000n, originalLength: 64 }],
    },
  });
});

describe('damaged files say where', () => {
  const whole = encodePcap({
    linkType: LINKTYPE_RAW,
    snapLength: 100,
    records: [{ timeNanoseconds: 0n, data: new Uint8Array(4), originalLength: 4 }],
  });

  test.each([
    ['empty', new Uint8Array(0), 'PCAP_TRUNCATED', 0],
    ['half a header', whole.subarray(0, 12), 'PCAP_TRUNCATED', 12],
    ['pcapng', Uint8Array.from([0x0a, 0x0d, 0x0d, 0x0a, ...new Uint8Array(20)]), 'PCAP_MAGIC', 0],
    ['half a record header', whole.subarray(0, 30), 'PCAP_TRUNCATED', 30],
    ['half a record', whole.subarray(0, 42), 'PCAP_RECORD_LENGTH', 32],
  ])('%s', (_name, bytes, code, offset) => {
    expect(decodePcap(bytes)).toMatchObject({ ok: false, error: { code, offset } });
  });

  test('any bytes never throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        decodePcap(bytes);
        decodePcap(Uint8Array.from([...whole, ...bytes]));
      }),
      propertyOptions(),
    );
  });
});
