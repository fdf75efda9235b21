import { describe, expect, test } from '@jest/globals';
import type { Family, Link, Route, Rule, Snapshot } from '@net/iproute';
import { contains, isEmptyPlan, parseBlock, planChanges, widthOf } from '@net/iproute';
import { propertyOptions } from '@net/testing';
import fc from 'fast-check';

import { desiredState } from '../src/desired.js';
import { kernelFacts } from '../src/host-facts.js';
import { familyOf, surveyInterfaces } from '../src/interfaces.js';
import { defaultSettings, ownershipOf } from '../src/settings.js';

const ownership = ownershipOf(defaultSettings);

interface HostShape {
  readonly interfaces: readonly {
    readonly subnet: number;
    readonly hosts4: readonly number[];
    readonly hosts6: readonly number[];
    readonly up: boolean;
  }[];
  readonly order: readonly number[];
}

const shape: fc.Arbitrary<HostShape> = fc
  .array(
    fc.record({
      subnet: fc.integer({ min: 0, max: 5 }),
      hosts4: fc.uniqueArray(fc.integer({ min: 0, max: 11 }), { minLength: 1, maxLength: 12 }),
      hosts6: fc.uniqueArray(fc.integer({ min: 0, max: 60 }), { maxLength: 38, size: 'max' }),
      up: fc.constant(true),
    }),
    { minLength: 2, maxLength: 15, size: 'max' },
  )
  .map((interfaces) => ({ interfaces, order: interfaces.map((_, index) => index) }));

/** A host as the kernel would show it: connected routes in main, the default route on the first interface. */
function snapshotOf(host: HostShape, strange: boolean): Snapshot {
  const links: Link[] = [];
  const addresses: Snapshot['addresses'][number][] = [];
  const routes: Route[] = [];
  const route = (family: Family, destination: string, device: string, gateway?: string): Route => ({
    family,
    type: 'unicast',
    destination,
    table: 254,
    protocol: 2,
    scope: gateway === undefined ? 253 : 0,
    metric: 0,
    gateway,
    device,
    preferredSource: undefined,
    tos: 0,
    mtuBytes: undefined,
    onLink: false,
    nextHops: [],
    unknown: [],
  });
  host.interfaces.forEach((item, index) => {
    const name = strange && index % 3 === 1 ? `e#${index}'\udcff` : `eth${index}`;
    const link: Link = {
      index: index + 2,
      name,
      flags: ['UP'],
      mtuBytes: 9001,
      kind: undefined,
      linkType: 1,
      operationalState: 'UP',
      macAddress: `02:00:00:00:00:${(index + 16).toString(16)}`,
      permanentMacAddress: undefined,
      master: undefined,
      parent: undefined,
      alternativeNames: [],
    };
    links.push(link);
    const give = (family: Family, address: string, prefixLength: number): void => {
      addresses.push({
        family,
        link: name,
        linkIndex: link.index,
        address,
        prefixLength,
        peer: undefined,
        scope: 0,
        flags: [],
      });
    };
    // Hosts are interleaved, so that no two interfaces of a subnet have the same address.
    for (const n of item.hosts4) give('inet', `10.0.${item.subnet}.${10 + n * 15 + index}`, 24);
    for (const n of item.hosts6)
      give('inet6', `2001:db8:${item.subnet + 1}::${(0x100 + n * 16 + index).toString(16)}`, 64);
    routes.push(route('inet', `10.0.${item.subnet}.0/24`, name));
    if (item.hosts6.length > 0) routes.push(route('inet6', `2001:db8:${item.subnet + 1}::/64`, name));
    if (index === 0) {
      routes.push(route('inet', '0.0.0.0/0', name, `10.0.${item.subnet}.1`));
      routes.push(route('inet6', '::/0', name, 'fe80::1'));
    }
  });
  routes.push(route('inet', '172.17.0.0/16', 'docker0'));
  return {
    links,
    addresses,
    routes,
    rules: [],
    families: ['inet', 'inet6'],
    nftTable: undefined,
    skipped: [],
  };
}

/** The kernel's way of looking up: rules in order of priority, in each table the longest prefix. */
function lookup(
  rules: readonly Rule[],
  routes: readonly Route[],
  source: string,
  destination: string,
): string | undefined {
  const from = parseBlock(source)!;
  const to = parseBlock(destination)!;
  const family = familyOf(destination);
  const within = (text: string | undefined, inner: typeof from): boolean =>
    text === undefined || contains(parseBlock(text)!, inner);
  const main = {
    family,
    priority: 32_766,
    table: 254,
    source: undefined,
    destination: undefined,
    suppressPrefixLength: undefined,
  };
  for (const rule of [...rules.filter((item) => item.family === family), main].sort(
    (a, b) => a.priority - b.priority,
  )) {
    if (!within(rule.source, from) || !within(rule.destination, to)) continue;
    const best = routes
      .filter((item) => item.family === family && item.table === rule.table && within(item.destination, to))
      .sort(
        (a, b) =>
          parseBlock(b.destination)!.length - parseBlock(a.destination)!.length || a.metric - b.metric,
      )[0];
    if (best === undefined || best.type === 'throw') continue;
    if (
      rule.suppressPrefixLength !== undefined &&
      parseBlock(best.destination)!.length <= rule.suppressPrefixLength
    )
      continue;
    return best.device;
  }
  return undefined;
}

/** The snapshot after everything wanted has been done. */
function afterApply(snapshot: Snapshot): Snapshot {
  const survey = surveyInterfaces(snapshot, kernelFacts, defaultSettings);
  const desired = desiredState(survey.interfaces, snapshot, defaultSettings);
  const every = (family: Family): string => (family === 'inet' ? '0.0.0.0/0' : '::/0');
  return {
    ...snapshot,
    routes: [
      ...snapshot.routes,
      ...desired.routes.map(
        (item): Route => ({
          family: item.family,
          type: item.type ?? 'unicast',
          destination: item.destination,
          table: item.table,
          protocol: ownership.protocol,
          scope: item.family === 'inet6' || item.gateway !== undefined || item.type === 'throw' ? 0 : 253,
          metric: item.family === 'inet6' ? 1024 : 0,
          gateway: item.gateway,
          device: item.device,
          preferredSource: undefined,
          tos: 0,
          mtuBytes: undefined,
          onLink: item.onLink ?? false,
          nextHops: [],
          unknown: [],
        }),
      ),
    ],
    rules: desired.rules.map(
      (item): Rule => ({
        family: item.family,
        priority: item.priority,
        not: false,
        source: item.source === every(item.family) ? undefined : item.source,
        destination: item.destination,
        tos: 0,
        mark: item.mark,
        markMask: item.markMask,
        inputDevice: undefined,
        outputDevice: undefined,
        action: 'lookup',
        table: item.table,
        target: undefined,
        suppressPrefixLength: item.suppressPrefixLength,
        protocol: ownership.protocol,
        unknown: [],
      }),
    ),
  };
}

describe('random hosts of 2 to 15 interfaces', () => {
  test('the plan after apply is empty, also when interfaces come and go in between', () => {
    fc.assert(
      fc.property(shape, fc.boolean(), fc.nat(), (host, strange, pick) => {
        const before = snapshotOf(host, strange);
        const after = afterApply(before);
        const plan = (snapshot: Snapshot) =>
          planChanges(
            snapshot,
            desiredState(
              surveyInterfaces(snapshot, kernelFacts, defaultSettings).interfaces,
              snapshot,
              defaultSettings,
            ),
            ownership,
          );
        expect(plan(before).conflicts).toEqual([]);
        expect(isEmptyPlan(plan(after))).toBe(true);
        // An interface vanishes: nothing of the others moves to another table.
        const gone = after.links[pick % after.links.length]!.name;
        const without: Snapshot = {
          ...after,
          links: after.links.filter((link) => link.name !== gone),
          addresses: after.addresses.filter((address) => address.link !== gone),
          routes: after.routes.filter((route) => route.device !== gone),
        };
        const rest = plan(without);
        if (without.links.length >= 2)
          expect(rest.actions.filter((action) => action.kind === 'add-rule')).toEqual([]);
      }),
      propertyOptions(60),
    );
  });

  test('a model router finds every answer on its own interface', () => {
    fc.assert(
      fc.property(shape, (host) => {
        const before = snapshotOf(host, false);
        const after = afterApply(before);
        for (const address of after.addresses) {
          const inet = address.family === 'inet';
          const asked = inet
            ? ['198.51.100.7', ...host.interfaces.map((item) => `10.0.${item.subnet}.254`)]
            : [
                '2001:db8:ffff::7',
                ...host.interfaces
                  .filter((item) => item.hosts6.length > 0)
                  .map((item) => `2001:db8:${item.subnet + 1}::ffff`),
              ];
          for (const destination of new Set(asked))
            expect([
              address.address,
              destination,
              lookup(after.rules, after.routes, address.address, destination),
            ]).toEqual([address.address, destination, address.link]);
          if (inet) expect(lookup(after.rules, after.routes, address.address, '172.17.0.2')).toBe('docker0');
        }
        expect(widthOf('inet')).toBe(32);
      }),
      propertyOptions(40),
    );
  });
});
