import { describe, expect, test } from '@jest/globals';
import { propertyOptions } from '@net/testing';
import fc from 'fast-check';
import { inferFormat } from '../../src/format/infer.js';
import { allFieldsFormat, defaultFormat, LogFormat } from '../../src/format/log-format.js';
import { anyFormat } from '../arbitraries.js';

describe('LogFormat', () => {
  test('reads what people have: ${...}, a header, a list, Parquet’s spelling', () => {
    const expected = 'version pkt-srcaddr flow-direction';
    for (const text of [
      '${version} ${pkt-srcaddr} ${flow-direction}',
      'version pkt-srcaddr flow-direction',
      'version, pkt-srcaddr,flow-direction',
      'version pkt_srcaddr flow_direction',
      '"${version} ${pkt-srcaddr} ${flow-direction}"',
    ]) {
      expect(LogFormat.parse(text).key).toBe(expected);
    }
  });

  test('the default has the 14 fields of version 2, all fields are 42', () => {
    expect(defaultFormat.fields).toHaveLength(14);
    expect(defaultFormat.version).toBe(2);
    expect(allFieldsFormat.fields).toHaveLength(42);
    expect(allFieldsFormat.version).toBe(10);
  });

  test.each([
    ['', 'a format has 1 to 256 fields, not 0'],
    ['version version', 'field version is in the format twice'],
    ['Version!', '"Version!" cannot be the name of a field'],
    [Array.from({ length: 300 }, (_unused, i) => `f${i}`).join(' '), 'a format has 1 to 256 fields, not 300'],
  ])('refuses %j', (text, message) => {
    expect(() => LogFormat.parse(text)).toThrow(
      expect.objectContaining({ code: 'NET_FLOWLOGS_FORMAT', message }),
    );
  });

  test('keeps unknown fields by name', () => {
    const format = LogFormat.fromHeader('version account-id brand-new-field srcaddr')!;
    expect(format.fields[2]).toMatchObject({ name: 'brand-new-field', kind: 'text', version: 0 });
  });

  test('comes back from its own texts', () => {
    fc.assert(
      fc.property(anyFormat, (format) => {
        expect(LogFormat.parse(format.toString()).key).toBe(format.key);
        expect(LogFormat.parse(format.key).key).toBe(format.key);
      }),
      propertyOptions(200),
    );
  });

  test('a line of data is no header', () => {
    const line =
      '2 123456789010 eni-1 172.31.16.139 172.31.16.21 20641 22 6 20 4249 1418530010 1418530070 ACCEPT OK';
    expect(LogFormat.fromHeader(line)).toBeUndefined();
    expect(LogFormat.fromHeader('just some words that mean nothing')).toBeUndefined();
  });
});

describe('inference', () => {
  test('does not guess: lines that fit no known format, or several, have none', () => {
    expect(inferFormat(['10.0.0.1 10.0.0.2 443'])).toBeUndefined();
    expect(inferFormat(['hello world'])).toBeUndefined();
    expect(inferFormat([])).toBeUndefined();
  });
});
