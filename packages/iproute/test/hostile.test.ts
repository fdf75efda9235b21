import { describe, expect, test } from '@jest/globals';
import { propertyOptions } from '@net/testing';
import fc from 'fast-check';

import {
  decodeBytes,
  type DesiredState,
  IprouteError,
  isEmptyPlan,
  type Ownership,
  parseLinks,
  parseNftables,
  parseRoutesAndRules,
  planChanges,
  printable,
  routeLine,
  type Snapshot,
} from '../src/index.js';

const ownership: Ownership = {
  protocol: 146,
  tables: { first: 42_000, last: 42_999 },
  priorities: { first: 9_990, last: 11_999 },
};
const desired: DesiredState = {
  routes: [
    {
      family: 'inet',
      destination: '0.0.0.0/0',
      gateway: '10.0.0.1',
      device: 'eth0',
      table: 42_000,
      reason: 'r',
    },
  ],
  rules: [{ family: 'inet', priority: 10_000, source: '10.0.0.5', table: 42_000, reason: 'r' }],
};

function snapshotOf(
  links: unknown,
  routes: unknown,
  rules: unknown,
  family: 'inet' | 'inet6' = 'inet',
): Snapshot {
  const parsed = parseLinks(links);
  const rest = parseRoutesAndRules(family, routes, rules);
  return {
    links: parsed.links,
    addresses: parsed.addresses,
    routes: rest.routes,
    rules: rest.rules,
    families: ['inet', 'inet6'],
    nftTable: undefined,
    skipped: [...parsed.skipped, ...rest.skipped],
  };
}

/** What a line of a batch may be made of: nothing that ip's reader or a shell would treat as special. */
const plainLine = /^[A-Za-z0-9_.:/@+ -]+$/;

describe('hostile output of ip', () => {
  test('any JSON gives a snapshot and a plan whose lines are plain words', () => {
    const key = fc.constantFrom(
      ...[
        'ifindex',
        'ifname',
        'flags',
        'addr_info',
        'family',
        'local',
        'prefixlen',
        'scope',
        'linkinfo',
        'dst',
      ],
      ...[
        'gateway',
        'dev',
        'table',
        'protocol',
        'metric',
        'type',
        'nexthops',
        'metrics',
        'via',
        'priority',
        'src',
      ],
      ...['srclen', 'fwmark', 'fwmask', 'action', 'goto', 'suppress_prefixlen', '__proto__', 'constructor'],
    );
    const leaf = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 16 }),
      fc.constantFrom(
        '146',
        '42000',
        '10000',
        '10.0.0.5',
        'default',
        'eth0',
        'x;reboot',
        '$(id)',
        'a b',
        '1',
        '9',
        '#',
        '"',
      ),
      fc.integer(),
      fc.double(),
      fc.constant(null),
      fc.boolean(),
    );
    const value = fc.letrec((tie) => ({
      any: fc.oneof(
        { maxDepth: 4 },
        leaf,
        fc.array(tie('any'), { maxLength: 4 }),
        fc.dictionary(key, tie('any'), { maxKeys: 8 }),
      ),
    })).any;
    const list = fc.oneof(fc.array(fc.dictionary(key, value, { maxKeys: 12 }), { maxLength: 6 }), value);
    fc.assert(
      fc.property(
        list,
        list,
        list,
        fc.constantFrom('inet' as const, 'inet6' as const),
        (links, routes, rules, family) => {
          const snapshot = snapshotOf(links, routes, rules, family);
          const plan = planChanges(snapshot, desired, ownership);
          for (const action of plan.actions) {
            expect(action.line).toMatch(plainLine);
            expect(action.inverse).toMatch(plainLine);
          }
          JSON.parse(JSON.stringify(plan));
          expect(() => parseNftables(links)).not.toThrow();
        },
      ),
      propertyOptions(1500),
    );
  });

  test('names a mistake and goes on with the rest', () => {
    const snapshot = snapshotOf(
      [
        {},
        { ifname: 'x' },
        7,
        {
          ifindex: 2,
          ifname: 'eth0',
          addr_info: [{ family: 'ipx' }, { family: 'inet', local: '1.2.3.4', prefixlen: 99 }],
        },
      ],
      [
        { dst: 'nonsense' },
        { dst: 'default', table: 'weird' },
        { dst: '10.0.0.0/8', type: 'from-the-future', table: '5' },
      ],
      [
        { priority: 5, src: 'nonsense' },
        { src: 'all' },
        { priority: 6, src: 'all', table: '7', newselector: 1 },
      ],
    );
    expect(snapshot.links).toHaveLength(1);
    expect(snapshot.routes).toHaveLength(1);
    expect(snapshot.rules).toEqual([expect.objectContaining({ priority: 6, unknown: ['newselector'] })]);
    expect(snapshot.skipped.map((item) => item.reason)).toEqual([
      'no usable ifindex',
      'not an object',
      'address of unknown family on eth0',
      'unreadable prefix length on eth0',
      'route with an unreadable destination',
      'route to 0.0.0.0/0 in a table without a number',
      'rule 5 with an unreadable selector',
      'rule without a priority',
    ]);
  });

  test('an owned rule with a selector from the future is a conflict, never deleted by half its words', () => {
    const rules = [{ priority: 10_500, src: 'all', table: '42000', protocol: '146', dscp: '0x2e' }];
    const plan = planChanges(snapshotOf([], [], rules), { routes: [], rules: [] }, ownership);
    expect(isEmptyPlan(plan)).toBe(true);
    expect(plan.conflicts).toEqual([expect.objectContaining({ reason: expect.stringContaining('dscp') })]);
  });

  test('10,000 foreign routes and rules do not disturb a plan', () => {
    const routes = Array.from({ length: 10_000 }, (_, i) => ({
      dst: `10.${i >> 8}.${i & 255}.0/24`,
      dev: 'eth0',
      table: '254',
      protocol: '16',
    }));
    const rules = Array.from({ length: 10_000 }, (_, i) => ({
      priority: i,
      src: `10.${i >> 8}.${i & 255}.1`,
      table: '99',
      protocol: '3',
    }));
    const plan = planChanges(snapshotOf([{ ifindex: 2, ifname: 'eth0' }], routes, rules), desired, ownership);
    expect(plan.actions.map((action) => action.kind)).toEqual(['add-route', 'add-rule']);
  });

  test('bytes that are not UTF-8 stay apart, print as escapes and are written by index', () => {
    const bytes = (text: string, ...raw: number[]): Buffer =>
      Buffer.concat([Buffer.from(text), Buffer.from(raw)]);
    const a = decodeBytes(bytes('w', 0xff));
    const b = decodeBytes(bytes('w', 0xc3, 0xbf));
    expect(a).not.toBe(b);
    expect(b).toBe('wÿ');
    expect(printable(a)).toBe('w\\xff');
    expect(decodeBytes(bytes('é名', 0xe5, 0x90))).toBe('é名\udce5\udc90');
    const { links } = parseLinks([{ ifindex: 9, ifname: a }]);
    const route = parseRoutesAndRules('inet', [{ dst: 'default', dev: a }], []).routes[0]!;
    expect(routeLine('add', route, links)).toContain('dev if9 ');
    expect(() => routeLine('add', route, [])).toThrow(IprouteError);
    const trap = parseLinks([
      { ifindex: 9, ifname: a },
      { ifindex: 3, ifname: 'if9' },
    ]).links;
    expect(() => routeLine('add', route, trap)).toThrow('the name of another interface');
  });
});
