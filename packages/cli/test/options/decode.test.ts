import { describe, expect, test } from '@jest/globals';
import { propertyOptions } from '@net/testing';
import fc from 'fast-check';
import { decodeDuration, formatDuration, option } from '../../src/index.js';
import { ValueError, decodeFileValue, decodeText } from '../../src/options/decode.js';

describe('decode', () => {
  test('durations read back as written', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10 * 365 * 86_400_000 }), (ms) => {
        expect(decodeDuration(formatDuration(ms))).toBe(ms);
      }),
      propertyOptions(500),
    );
    expect(decodeDuration('1h30m')).toBe(5_400_000);
    expect(decodeDuration('0.5')).toBe(500);
    expect(decodeDuration('5', 'm')).toBe(300_000);
    for (const text of ['', '5 s', '-1', 's', '1e9', '1y', '1s2', '999999999999d']) {
      expect(() => decodeDuration(text)).toThrow(ValueError);
    }
  });

  test('any text is a value or a ValueError, for every kind', () => {
    const kinds = [
      option.flag({ describe: '' }),
      option.string({ describe: '' }),
      option.integer({ describe: '', min: 0, max: 9 }),
      option.number({ describe: '' }),
      option.duration({ describe: '' }),
      option.choice({ describe: '', choices: ['a', 'b'] }),
      option.value({
        describe: '',
        parse: (text) => {
          if (text.length > 3) throw new Error('is too long');
          return { text };
        },
      }),
    ];
    fc.assert(
      fc.property(
        fc.constantFrom(...kinds),
        fc.oneof(fc.string(), fc.double().map(String), fc.jsonValue()),
        (kind, given) => {
          for (const decode of [decodeFileValue, decodeText]) {
            if (decode === decodeText && typeof given !== 'string') continue;
            try {
              const value = (decode as (k: typeof kind, v: unknown) => unknown)(kind, given);
              if (typeof value === 'number') expect(Number.isFinite(value)).toBe(true);
            } catch (error) {
              expect(error).toBeInstanceOf(ValueError);
            }
          }
        },
      ),
      propertyOptions(1000),
    );
  });

  test('integers are decimal, whole and in range', () => {
    const port = option.integer({ describe: '', min: 1, max: 65_535 });
    expect(decodeText(port, '080')).toBe(80);
    for (const text of ['0x10', '1e3', '1.5', ' 1', '', '0', '65536', '99999999999999999999']) {
      expect(() => decodeText(port, text)).toThrow(ValueError);
    }
  });
});
