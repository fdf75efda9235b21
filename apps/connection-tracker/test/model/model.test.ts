import { describe, expect, test } from '@jest/globals';
import { propertyOptions } from '@net/testing';
import fc from 'fast-check';
import {
  dayOf,
  daysBetween,
  dayStartMs,
  decodeEndpoint,
  decodeMember,
  encodeEndpoint,
  encodeMember,
  MAX_NAME_BYTES,
  parseShardKey,
  shardKey,
  storableName,
} from '../../src/model/index.js';

const hostile = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc
    .array(
      fc.constantFrom('->', '-', '>', '%', '%25', '%3E', '2', '5', ':', '\n', '\0', '/', '<b>', 'é', '💥'),
    )
    .map((parts) => parts.join('')),
);
const port = fc.integer({ min: 0, max: 65_535 });

describe('members of the original’s sorted sets', () => {
  test('the seed’s example is written as the original writes it', () => {
    const key = {
      source: '987654321001/eu-west-1/nat-eu-west-1b.foobar.example.org',
      dest: 'myapp-1-123.eu-west-1.elb.amazonaws.com',
      destPort: 443,
    };
    const member =
      '987654321001/eu-west-1/nat-eu-west-1b.foobar.example.org->myapp-1-123.eu-west-1.elb.amazonaws.com:443';
    expect(encodeMember(key)).toBe(member);
    expect(decodeMember(member)).toEqual(key);
  });

  test('IPv6 addresses and percent signs of other kinds stay as they are', () => {
    const key = { source: 'host%41/2001:db8::1', dest: 'a->b 100%/2001:db8::2', destPort: 22 };
    expect(encodeMember(key)).toBe('host%41/2001:db8::1->a->b 100%/2001:db8::2:22');
    expect(decodeMember(encodeMember(key))).toEqual(key);
  });

  test('a source with an arrow and a line end is no wrong split and no second line', () => {
    const key = { source: 'a->b:1\n', dest: 'c', destPort: 80 };
    expect(encodeMember(key)).toBe('a-%3Eb:1%0A->c:80');
    expect(decodeMember(encodeMember(key))).toEqual(key);
  });

  test('every name comes back, different keys have different members, no control characters', () => {
    const key = fc.record({ source: hostile, dest: hostile, destPort: port });
    fc.assert(
      fc.property(key, key, (one, two) => {
        const member = encodeMember(one);
        expect(decodeMember(member)).toEqual(one);
        // biome-ignore lint/suspicious/noControlCharactersInRegex: what must not be there
        expect(member).not.toMatch(/[\x00-\x1f\x7f]/);
        expect(member === encodeMember(two)).toBe(
          one.source === two.source && one.dest === two.dest && one.destPort === two.destPort,
        );
      }),
      propertyOptions(300),
    );
  });

  test('endpoints come back', () => {
    fc.assert(
      fc.property(hostile, port, (dest, destPort) => {
        expect(decodeEndpoint(encodeEndpoint({ dest, destPort }))).toEqual({ dest, destPort });
      }),
      propertyOptions(200),
    );
  });

  test.each(['', 'a', 'a->b', 'a->b:', 'a->b:x', 'a->b:65536', 'a->b:-1', 'a:80', 'a->b:999999'])(
    '%j is no member',
    (text) => {
      expect(decodeMember(text)).toBeUndefined();
    },
  );
});

describe('names as they may be stored', () => {
  test('short ones stay, long ones are cut and stay different, none is too long', () => {
    expect(storableName('web/1.2.3.4')).toBe('web/1.2.3.4');
    expect(storableName('\ud800')).toBe('\ufffd');
    const long = 'x'.repeat(5_000);
    expect(storableName(`${long}a`)).not.toBe(storableName(`${long}b`));
    fc.assert(
      fc.property(hostile, fc.integer({ min: 1, max: 400 }), (part, times) => {
        const name = storableName(part.repeat(times));
        expect(storableName(name)).toBe(name);
        const bytes = Buffer.byteLength(encodeEndpoint({ dest: name, destPort: 0 }));
        expect(bytes).toBeLessThanOrEqual(MAX_NAME_BYTES + 2);
      }),
      propertyOptions(200),
    );
  });
});

describe('days', () => {
  test('are UTC days of the calendar', () => {
    expect(dayOf(Date.UTC(2026, 10, 20, 23, 59, 59, 999))).toBe('2026-11-20');
    expect(dayOf(Date.UTC(2026, 10, 21))).toBe('2026-11-21');
    expect(dayStartMs('2026-11-21')).toBe(Date.UTC(2026, 10, 21));
    for (const day of ['2026-02-29', '2026-13-01', '26-1-1', '', '2026-11-21T00:00'])
      expect(dayStartMs(day)).toBeUndefined();
    expect(daysBetween('2024-02-28', '2024-03-01')).toEqual(['2024-02-28', '2024-02-29', '2024-03-01']);
    expect(daysBetween('2024-03-01', '2024-02-28')).toEqual([]);
    expect(daysBetween('never', '2024-02-28')).toEqual([]);
  });
});

test('keys of shards', () => {
  expect(shardKey({ accountId: '123456789012', region: 'eu-west-1' })).toBe('123456789012/eu-west-1');
  expect(parseShardKey('123456789012/eu-west-1')).toEqual({ accountId: '123456789012', region: 'eu-west-1' });
  for (const key of ['', 'a/b', '1/', '1/EU', '1/eu/1', '1/eu\n']) expect(parseShardKey(key)).toBeUndefined();
});
