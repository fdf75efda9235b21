import { describe, expect, test } from '@jest/globals';
import { propertyOptions } from '@net/testing';
import fc from 'fast-check';
import {
  decodeFlow,
  decodeGeneve,
  decodeGwlb,
  encodeGeneve,
  encodeGwlb,
  GeneveError,
  toHex,
} from '../src/index.js';

const option = fc.record({
  optionClass: fc.nat(0xffff),
  type: fc.nat(0xff),
  reserved: fc.nat(7),
  data: fc
    .uint8Array({ maxLength: 6 })
    .chain((words) => fc.uint8Array({ minLength: 4 * words.length, maxLength: 4 * words.length })),
});
const header = fc.record({
  protocol: fc.nat(0xffff),
  vni: fc.nat(0xffffff),
  control: fc.boolean(),
  critical: fc.boolean(),
  reservedFlags: fc.nat(0x3f),
  reserved: fc.nat(0xff),
  options: fc.array(option, { maxLength: 9 }),
});

describe('round trips', () => {
  test('what is encoded decodes to the same, and encodes to the same bytes again', () => {
    fc.assert(
      fc.property(header, fc.uint8Array({ maxLength: 40 }), (input, inner) => {
        const encoded = encodeGeneve(input);
        const result = decodeGeneve(new Uint8Array([...encoded, ...inner]));
        if (!result.ok) throw new Error(result.error.message);
        expect(result.value).toMatchObject({ ...input, options: input.options.map((item) => ({ ...item })) });
        expect(result.value.headerLength).toBe(encoded.length);
        expect(toHex(encodeGeneve(result.value))).toBe(toHex(encoded));
      }),
      propertyOptions(),
    );
  });

  test('GWLB metadata', () => {
    fc.assert(
      fc.property(
        fc.bigInt(0n, 2n ** 64n - 1n),
        fc.bigInt(0n, 2n ** 64n - 1n),
        fc.nat(0xffffffff),
        fc.constantFrom(4 as const, 6 as const),
        (endpointId, attachmentId, flowCookie, version) => {
          const encoded = encodeGwlb({ endpointId, attachmentId, flowCookie }, version);
          expect(decodeGwlb(encoded)).toEqual({
            ok: true,
            value: { endpointId, attachmentId, flowCookie, headerLength: 40 },
          });
        },
      ),
      propertyOptions(),
    );
  });
});

describe('any bytes', () => {
  const likely = fc
    .tuple(fc.constantFrom(0x00, 0x08, 0x3f, 0x45, 0x60, 0x46), fc.uint8Array({ maxLength: 120 }))
    .map(([first, rest]) => Uint8Array.from([first, ...rest]));

  test('never throw, and a fault lies within the bytes or at their end', () => {
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 300 }), likely), (bytes) => {
        for (const decode of [decodeGeneve, decodeGwlb, decodeFlow]) {
          const result = decode(bytes);
          if (result.ok) continue;
          expect(result.error.offset).toBeGreaterThanOrEqual(0);
          expect(result.error.offset).toBeLessThanOrEqual(bytes.length);
        }
      }),
      propertyOptions(2000),
    );
  });

  test('what GWLB admission accepts, the codec accepts too', () => {
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 80 }), likely), (bytes) => {
        if (decodeGwlb(bytes).ok) expect(decodeGeneve(bytes).ok).toBe(true);
      }),
      propertyOptions(1000),
    );
  });

  test('the same bytes at another place of a larger buffer decode alike', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat(9), (bytes, shift) => {
        const larger = new Uint8Array(bytes.length + 20).fill(0xee);
        larger.set(bytes, shift);
        const view = larger.subarray(shift, shift + bytes.length);
        expect(decodeGeneve(view)).toEqual(decodeGeneve(bytes));
        expect(decodeFlow(view)).toEqual(decodeFlow(bytes));
      }),
      propertyOptions(),
    );
  });
});

test('decoding copies no bytes', () => {
  const bytes = encodeGwlb({ endpointId: 1n, attachmentId: 2n, flowCookie: 3 }, 4);
  const result = decodeGeneve(bytes);
  if (!result.ok) throw new Error(result.error.code);
  expect(result.value.options.every((item) => item.data.buffer === bytes.buffer)).toBe(true);
});

describe('what cannot be encoded', () => {
  test.each([
    ['a VNI of 25 bits', { protocol: 0x0800, vni: 0x1000000 }],
    ['a negative protocol', { protocol: -1 }],
    [
      'option data of 3 bytes',
      { protocol: 0, options: [{ optionClass: 1, type: 1, data: new Uint8Array(3) }] },
    ],
    [
      'option data of 128 bytes',
      { protocol: 0, options: [{ optionClass: 1, type: 1, data: new Uint8Array(128) }] },
    ],
    [
      'options of 256 bytes',
      {
        protocol: 0,
        options: Array.from({ length: 64 }, () => ({ optionClass: 1, type: 1, data: new Uint8Array(0) })),
      },
    ],
  ])('%s', (_name, input) => {
    expect(() => encodeGeneve(input)).toThrow(GeneveError);
  });

  test('the critical bit follows the options when it is not given', () => {
    expect(
      encodeGeneve({ protocol: 0, options: [{ optionClass: 1, type: 0x80, data: new Uint8Array(0) }] })[1],
    ).toBe(0x40);
  });
});
