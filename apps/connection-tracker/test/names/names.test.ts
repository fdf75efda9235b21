import { describe, expect, test } from '@jest/globals';
import { propertyOptions } from '@net/testing';
import fc from 'fast-check';
import { accountHosts, createReverseNames, createSourceNames, parseNetworks } from '../../src/names/index.js';

describe('NETWORKS', () => {
  test('the most specific network names an address', () => {
    const { nameOf, rejected } = parseNetworks(
      'my_office=123.123.123.0/24, all=123.0.0.0/8,v6=2001:db8::/32',
    );
    expect(nameOf('123.123.123.7')).toBe('my_office');
    expect(nameOf('123.1.1.1')).toBe('all');
    expect(nameOf('2001:db8::5')).toBe('v6');
    expect(nameOf('8.8.8.8')).toBeUndefined();
    expect(rejected).toEqual([]);
  });

  test('the example of the original has an address that is none: it is named and keeps nobody from starting', () => {
    const { nameOf, rejected } = parseNetworks('my_office=123.123.123.0/24,some_nat=456.789.1.1/32');
    expect(nameOf('123.123.123.255')).toBe('my_office');
    expect(rejected).toEqual([{ position: 2, reason: '"456.789.1.1/32" is no address or CIDR' }]);
  });

  test('host bits are the network around them', () => {
    expect(parseNetworks('a=10.1.2.3/8').nameOf('10.9.9.9')).toBe('a');
  });

  test('any text is read', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(parseNetworks(text).nameOf('192.0.2.1') ?? '').toEqual(expect.any(String));
      }),
      propertyOptions(300),
    );
  });
});

describe('reverse names', () => {
  test('asked once for many, remembered, and forgotten after their time', async () => {
    let asked = 0;
    let nowMs = 0;
    const names = createReverseNames({
      reverse: () => {
        asked += 1;
        return Promise.resolve(['Host.Example.ORG.']);
      },
      keepMs: 1_000,
      now: () => nowMs,
    });
    expect(await Promise.all([names.lookUp('192.0.2.1'), names.lookUp('192.0.2.1')])).toEqual([
      'host.example.org',
      'host.example.org',
    ]);
    expect(asked).toBe(1);
    nowMs = 1_001;
    await names.lookUp('192.0.2.1');
    expect(asked).toBe(2);
  });

  test('no name, no answer and a hostile one are no name', async () => {
    const answers: Record<string, () => Promise<readonly string[]>> = {
      none: () => Promise.reject(Object.assign(new Error('none'), { code: 'ENOTFOUND' })),
      never: () => new Promise(() => undefined),
      hostile: () => Promise.resolve(['<script>alert(1)</script>->x:1']),
    };
    const names = createReverseNames({ reverse: (address) => answers[address]!(), timeoutMs: 30 });
    for (const address of Object.keys(answers)) expect(await names.lookUp(address)).toBeNull();
    expect([...names.entries()]).toHaveLength(3);
  });

  test('no more at a time than allowed, no more remembered than allowed', async () => {
    let running = 0;
    let most = 0;
    const names = createReverseNames({
      reverse: async (address) => {
        most = Math.max(most, ++running);
        await new Promise(setImmediate);
        running -= 1;
        return [`h${address}.example`];
      },
      concurrency: 4,
      entries: 10,
    });
    await Promise.all(Array.from({ length: 50 }, (_, index) => names.lookUp(`192.0.2.${index}`)));
    expect(most).toBe(4);
    expect(names.size).toBe(10);
  });
});

test('the order of names: hosts of accounts, networks, reverse, the address', async () => {
  const reverse = createReverseNames({
    reverse: (address) => Promise.resolve(address === '192.0.2.3' ? ['three.example.org'] : []),
  });
  const names = createSourceNames(parseNetworks('office=192.0.2.0/30'), reverse);
  names.setHosts('1/eu-west-1', { '192.0.2.1': '1/eu-west-1/nat-eu-west-1a.example.org' });
  const found = await names.nameAll(['192.0.2.1', '192.0.2.2', '198.51.100.9']);
  expect(Object.fromEntries(found)).toEqual({
    '192.0.2.1': '1/eu-west-1/nat-eu-west-1a.example.org',
    '192.0.2.2': 'office',
    '198.51.100.9': '198.51.100.9',
  });
  expect(names.entries().get('198.51.100.9')).toBeNull();
  const other = createSourceNames(parseNetworks(''), reverse);
  expect(Object.fromEntries(await other.nameAll(['192.0.2.3']))).toEqual({
    '192.0.2.3': 'three.example.org/192.0.2.3',
  });
});

test('hosts of an account: odd and nat by zone', async () => {
  const addresses: Record<string, string[]> = {
    'odd-eu-west-1.foo.example.org': ['192.0.2.1'],
    'nat-eu-west-1a.foo.example.org': ['192.0.2.2'],
  };
  const hosts = await accountHosts(
    { id: '987', domain: 'foo.example.org' },
    'eu-west-1',
    ['eu-west-1a', 'eu-west-1b'],
    (host) => Promise.resolve(addresses[host] ?? []),
  );
  expect(hosts).toEqual({
    '192.0.2.1': '987/eu-west-1/odd-eu-west-1.foo.example.org',
    '192.0.2.2': '987/eu-west-1/nat-eu-west-1a.foo.example.org',
  });
});
