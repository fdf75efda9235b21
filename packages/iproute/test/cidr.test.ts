import { describe, expect, test } from '@jest/globals';
import { propertyOptions } from '@net/testing';
import fc from 'fast-check';
import { isIP } from 'node:net';

import {
  canonicalBlock,
  contains,
  formatAddress,
  formatBlock,
  parseAddress,
  parseBlock,
} from '../src/cidr.js';

describe('addresses', () => {
  test.each([
    ['10.0.0.5', '10.0.0.5/32'],
    ['10.0.0.5/24', '10.0.0.0/24'],
    ['0.0.0.0/0', '0.0.0.0/0'],
    ['2001:DB8::0001/64', '2001:db8::/64'],
    ['::ffff:192.0.2.1', '::ffff:c000:201/128'],
    ['1:0:0:2:0:0:0:3', '1:0:0:2::3/128'],
    ['::', '::/128'],
    ['fe80::', 'fe80::/128'],
  ])('%s is %s', (text, canonical) => {
    expect(canonicalBlock(text)).toBe(canonical);
  });

  test.each([
    '',
    '10.0.0',
    '010.0.0.1',
    '10.0.0.256',
    '10.0.0.1/33',
    '10.0.0.1/-1',
    '10.0.0.1/08',
    '1::2::3',
    ':1',
    '1:2:3:4:5:6:7:8:9',
    'fe80::1%eth0',
    ' 10.0.0.1',
    '12345::',
    '::/129',
    'default',
  ])('%j is none', (text) => {
    expect(parseBlock(text)).toBeUndefined();
  });

  test('agrees with node on what an address is, and comes back from its text', () => {
    const text = fc.oneof(fc.ipV4(), fc.ipV6(), fc.string({ maxLength: 20 }));
    fc.assert(
      fc.property(text, (candidate) => {
        const parsed = parseAddress(candidate);
        const node = candidate.includes('%') ? 0 : isIP(candidate);
        expect(parsed === undefined ? 0 : parsed.family === 'inet' ? 4 : 6).toBe(node);
        if (parsed) expect(parseAddress(formatAddress(parsed.family, parsed.value))).toEqual(parsed);
      }),
      propertyOptions(500),
    );
  });

  test('a block contains itself and every longer block of its base, never a shorter one', () => {
    fc.assert(
      fc.property(fc.ipV4(), fc.nat(32), fc.nat(32), (address, a, b) => {
        const outer = parseBlock(`${address}/${Math.min(a, b)}`)!;
        const inner = parseBlock(`${address}/${Math.max(a, b)}`)!;
        expect(contains(outer, inner)).toBe(true);
        expect(contains(inner, outer)).toBe(a === b);
        expect(parseBlock(formatBlock(inner))).toEqual(inner);
      }),
      propertyOptions(200),
    );
  });
});
