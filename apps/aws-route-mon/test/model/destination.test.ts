import { describe, expect, test } from '@jest/globals';
import { propertyOptions } from '@net/testing';
import fc from 'fast-check';
import { InputError } from '../../src/errors.js';
import { compareDestinations, isDefaultRoute, parseDestination } from '../../src/model/destination.js';

describe('destinations', () => {
  test.each([
    ['0.0.0.0/0', 'ipv4', '0.0.0.0/0'],
    ['100.68.0.18/18', 'ipv4', '100.68.0.0/18'],
    ['10.1.2.3/32', 'ipv4', '10.1.2.3/32'],
    ['::/0', 'ipv6', '::/0'],
    ['2001:DB8:0:0:1:0:0:1/128', 'ipv6', '2001:db8::1:0:0:1/128'],
    ['2001:db8::ff/56', 'ipv6', '2001:db8::/56'],
    ['::ffff:192.0.2.1/128', 'ipv6', '::ffff:c000:201/128'],
    ['1:0:3:4:5:6:7:8/128', 'ipv6', '1:0:3:4:5:6:7:8/128'],
    ['pl-0123456789abcdef0', 'prefix-list', 'pl-0123456789abcdef0'],
  ])('%s is %s %s', (text, kind, value) => {
    expect(parseDestination(text)).toEqual({ kind, value });
  });

  test.each([
    '',
    '0.0.0.0',
    '0.0.0.0/',
    '0.0.0.0/33',
    '0.0.0.0/00',
    '010.0.0.0/8',
    '256.0.0.0/8',
    '1.2.3/8',
    '::/129',
    ':::/0',
    '1::2::3/64',
    '12345::/16',
    'pl-xyz',
    'pl-',
    '10.0.0.0/8/8',
    ' 10.0.0.0/8',
    '1:2:3:4:5:6:7:8:9/64',
    '1:2:3:4::5:6:7:8/64',
  ])('%j is refused', (text) => {
    expect(() => parseDestination(text)).toThrow(InputError);
  });

  test('what was read reads the same again', () => {
    const ipv6 = fc.tuple(fc.ipV6(), fc.integer({ min: 0, max: 128 })).map(([ip, bits]) => `${ip}/${bits}`);
    const ipv4 = fc.tuple(fc.ipV4(), fc.integer({ min: 0, max: 32 })).map(([ip, bits]) => `${ip}/${bits}`);
    fc.assert(
      fc.property(fc.oneof(ipv4, ipv6), (text) => {
        const once = parseDestination(text);
        expect(parseDestination(once.value)).toEqual(once);
      }),
      propertyOptions(1_000),
    );
  });

  test('any text is read or refused with an InputError', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'0123456789abcdef.:/pl-') }), (text) => {
        try {
          parseDestination(text);
        } catch (error) {
          expect(error).toBeInstanceOf(InputError);
        }
      }),
      propertyOptions(2_000),
    );
  });

  test('default routes come first, prefix lists last', () => {
    const sorted = ['pl-00000001', '10.0.0.0/8', '::/0', '2001:db8::/32', '0.0.0.0/0']
      .map(parseDestination)
      .sort(compareDestinations);
    expect(sorted.map(({ value }) => value)).toEqual([
      '0.0.0.0/0',
      '::/0',
      '10.0.0.0/8',
      '2001:db8::/32',
      'pl-00000001',
    ]);
    expect(sorted.map(isDefaultRoute)).toEqual([true, true, false, false, false]);
  });
});
