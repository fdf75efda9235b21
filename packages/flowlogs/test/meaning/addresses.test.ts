import { describe, expect, test } from '@jest/globals';
import { propertyOptions } from '@net/testing';
import fc from 'fast-check';
import {
  AddressClasses,
  PrefixTable,
  type Address,
  formatAddress,
  isOriginalPrivate,
  parseAddress,
  parseAwsRanges,
  parsePrefix,
} from '../../src/index.js';

describe('special-purpose registries', () => {
  const classes = new AddressClasses();
  test.each([
    ['10.1.2.3', 'private use'],
    ['172.31.255.255', 'private use'],
    ['100.64.0.1', 'shared address space'],
    ['169.254.169.254', 'link local'],
    ['192.0.0.1', 'IPv4 service continuity prefix'],
    ['255.255.255.255', 'limited broadcast'],
    ['224.0.0.1', 'multicast'],
    ['::1', 'loopback'],
    ['fe80::1', 'link local'],
    ['fd00:ec2::254', 'unique local'],
    ['2001:db8::1', 'documentation'],
    ['2001:0:1::', 'Teredo'],
    ['::ffff:192.168.0.1', 'private use'],
  ])('%s is %s and not public', (address, name) => {
    expect(classes.of(address)).toMatchObject({ isPublic: false, special: { name } });
  });

  test.each([
    '8.8.8.8',
    '172.32.0.1',
    '192.0.0.9',
    '2600:1f18::1',
    '2a02::1',
    '::ffff:8.8.8.8',
    '2001:4:112::1',
  ])('%s is public', (address) => {
    expect(classes.of(address)?.isPublic).toBe(true);
  });

  test('shared addresses are public on request', () => {
    expect(new AddressClasses({ sharedIsPublic: true }).of('100.64.0.1')?.isPublic).toBe(true);
  });

  test('what is no address has no class', () => {
    expect(classes.of('eni-1')).toBeUndefined();
  });
});

describe('AWS ranges', () => {
  const published = {
    syncToken: '1700000000',
    prefixes: [
      { ip_prefix: '52.0.0.0/10', region: 'us-east-1', service: 'AMAZON', network_border_group: 'us-east-1' },
      { ip_prefix: '52.0.0.0/11', region: 'us-east-1', service: 'EC2', network_border_group: 'us-east-1' },
      { ip_prefix: '52.0.0.0/11', region: 'us-east-1', service: 'AMAZON', network_border_group: 'us-east-1' },
      {
        ip_prefix: '52.1.0.0/16',
        region: 'us-east-1',
        service: 'AMAZON',
        network_border_group: 'us-east-1-x',
      },
      { ip_prefix: '52.2.0.0/16', region: 'us-east-1', service: 'EC2' },
      { ip_prefix: '52.2.0.0/16', region: 'us-east-1', service: 'S3' },
    ],
    ipv6_prefixes: [{ ipv6_prefix: '2600:1f18::/33', region: 'us-east-1', service: 'EC2' }],
  };
  const classes = new AddressClasses({
    awsRanges: parseAwsRanges(JSON.stringify(published)),
    networks: { office: '52.2.3.0/24', home: ['10.0.0.0/8', '2001:db8::/32'] },
  });

  test.each([
    ['52.0.0.1', 'EC2'],
    ['52.33.0.1', 'AMAZON'],
    ['52.1.0.1', 'EC2'],
    ['52.2.0.1', 'S3'],
    ['2600:1f18::1', 'EC2'],
  ])('%s belongs to %s', (address, service) => {
    expect(classes.of(address)?.aws).toMatchObject({ service, region: 'us-east-1' });
  });

  test('the border group is the most specific prefix’s', () => {
    expect(classes.of('52.1.0.1')?.aws?.networkBorderGroup).toBe('us-east-1-x');
    expect(classes.of('52.2.0.1')?.aws?.networkBorderGroup).toBe('us-east-1');
  });

  test('one look-up answers for networks, registries and AWS', () => {
    expect(classes.of('52.2.3.4')).toMatchObject({
      isPublic: true,
      network: 'office',
      aws: { service: 'S3' },
    });
    expect(classes.of('10.1.1.1')).toMatchObject({ isPublic: false, network: 'home' });
    expect(classes.of('2001:db8::1')).toMatchObject({ isPublic: false, network: 'home' });
    expect(classes.of('9.9.9.9')).toEqual({ isPublic: true });
  });

  test('the table that comes along knows well-known addresses', () => {
    const bundled = new AddressClasses();
    expect(bundled.of('52.94.24.1')?.aws).toMatchObject({ service: 'DYNAMODB', region: 'eu-west-1' });
    expect(bundled.of('52.4.1.1')?.aws).toMatchObject({ service: 'EC2', region: 'us-east-1' });
    expect(bundled.of('8.8.8.8')?.aws).toBeUndefined();
  });

  test.each([
    '{',
    '[]',
    '{}',
    '{"prefixes":[{}]}',
    '{"prefixes":[{"ip_prefix":"x","region":"r","service":"s"}]}',
  ])('%s is refused', (text) => {
    expect(() => parseAwsRanges(text)).toThrow(/not AWS's ip-ranges/);
  });

  test('a network that is no prefix is refused', () => {
    expect(() => new AddressClasses({ networks: { a: '10.0.0/8' } })).toThrow(/no address prefix/);
  });
});

test('private in the sense of the original: shared addresses and multicast are not', () => {
  expect(isOriginalPrivate('10.0.0.1')).toBe(true);
  expect(isOriginalPrivate('203.0.113.9')).toBe(true);
  expect(isOriginalPrivate('100.64.0.1')).toBe(false);
  expect(isOriginalPrivate('224.0.0.1')).toBe(false);
  expect(isOriginalPrivate('8.8.8.8')).toBe(false);
  expect(isOriginalPrivate('fd00::1')).toBe(true);
  expect(isOriginalPrivate('-')).toBeUndefined();
});

describe('longest prefix', () => {
  const address = fc
    .tuple(fc.boolean(), fc.array(fc.constantFrom(0, 1, 0x0a, 0x80, 0xff), { minLength: 16, maxLength: 16 }))
    .map(([is4, bytes]) => {
      if (is4) return bytes.slice(0, 4).join('.');
      const groups = Array.from({ length: 8 }, (_unused, i) =>
        (bytes[i * 2]! * 256 + bytes[i * 2 + 1]!).toString(16),
      );
      return formatAddress(parseAddress(groups.join(':'))!);
    });
  const prefix = fc.tuple(address, fc.nat(128)).map(([text, length]) => {
    const most = text.includes(':') ? 128 : 32;
    return `${text}/${length % (most + 1)}`;
  });

  test('agrees with looking at every prefix', () => {
    fc.assert(
      fc.property(
        fc.array(prefix, { maxLength: 40 }),
        fc.array(address, { maxLength: 20 }),
        (prefixes, asked) => {
          const table = new PrefixTable<string>();
          for (const text of prefixes) table.add(parsePrefix(text)!, text);
          for (const text of asked) {
            expect(table.match(parseAddress(text)!)).toBe(slowMatch(prefixes, parseAddress(text)!));
          }
        },
      ),
      propertyOptions(200),
    );
  });
});

function slowMatch(prefixes: readonly string[], address: Address): string | undefined {
  let best: string | undefined;
  let bestLength = -1;
  for (const text of prefixes) {
    const { address: network, length } = parsePrefix(text)!;
    if (network.family !== address.family || length < bestLength) continue;
    const isInside = bitsOf(network).slice(0, length) === bitsOf(address).slice(0, length);
    if (isInside) [best, bestLength] = [text, length];
  }
  return best;
}

function bitsOf(address: Address): string {
  const words = address.family === 4 ? [address.value] : address.words;
  return words.map((word) => word.toString(2).padStart(32, '0')).join('');
}
