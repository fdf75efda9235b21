import { describe, expect, test } from '@jest/globals';
import { propertyOptions } from '@net/testing';
import fc from 'fast-check';

import { completeRoute, completeRule, ownsRoute, ownsRule } from '../src/desired.js';
import {
  type DesiredRoute,
  type DesiredRule,
  isEmptyPlan,
  type Ownership,
  ownedState,
  planChanges,
  type Route,
  type Rule,
  type Snapshot,
} from '../src/index.js';
import { routeLine, ruleLine } from '../src/write.js';

const ownership: Ownership = {
  protocol: 146,
  tables: { first: 42_000, last: 42_009 },
  priorities: { first: 9_990, last: 10_010 },
};
const links = ['eth0', 'eth1'].map((name, index) => ({
  index: index + 1,
  name,
  flags: ['UP'],
  mtuBytes: 1500,
  kind: undefined,
  linkType: 1,
  operationalState: 'UP',
  macAddress: undefined,
  permanentMacAddress: undefined,
  master: undefined,
  parent: undefined,
  alternativeNames: [],
}));

const block = fc.constantFrom('0.0.0.0/0', '10.0.0.0/24', '10.0.1.0/24', '10.0.0.16/28');
const route: fc.Arbitrary<DesiredRoute> = fc.record({
  family: fc.constant('inet' as const),
  type: fc.constantFrom('unicast' as const, 'throw' as const),
  destination: block,
  device: fc.constantFrom('eth0', 'eth1'),
  table: fc.integer({ min: 42_000, max: 42_002 }),
  metric: fc.constantFrom(0, 5),
  reason: fc.constant('r'),
});
const rule: fc.Arbitrary<DesiredRule> = fc.record({
  family: fc.constant('inet' as const),
  priority: fc.integer({ min: 9_990, max: 9_994 }),
  source: fc.option(block, { nil: undefined }),
  table: fc.integer({ min: 42_000, max: 42_002 }),
  suppressPrefixLength: fc.constantFrom(undefined, 0),
  reason: fc.constant('r'),
});
const byPlace = (item: DesiredRoute): string => `${item.destination} ${item.table} ${item.metric ?? 0}`;
const routes = fc.uniqueArray(route, { selector: byPlace, maxLength: 8 });
const rules = fc.array(rule, { maxLength: 8 });

function snapshot(owned: readonly Route[], ownedRules: readonly Rule[]): Snapshot {
  return {
    links,
    addresses: [],
    routes: owned,
    rules: ownedRules,
    families: ['inet', 'inet6'],
    nftTable: undefined,
    skipped: [],
  };
}

/** Checks that every removal names exactly one thing that is there, and takes it away. */
function remove(state: Snapshot, lines: readonly string[]): Snapshot {
  return lines.reduce((now, line) => {
    const routesLeft = now.routes.filter((item) => routeLine('del', item, links) !== line);
    const index = now.rules.findIndex((item) => ruleLine('del', item) === line);
    const rulesLeft = now.rules.filter((_, position) => position !== index);
    expect(routesLeft.length + rulesLeft.length).toBe(now.routes.length + now.rules.length - 1);
    return { ...now, routes: routesLeft, rules: rulesLeft };
  }, state);
}

describe('plan', () => {
  test('the plan after a plan is empty, every line undoes its inverse, and foreign things are not in it', () => {
    fc.assert(
      fc.property(
        routes,
        rules,
        routes,
        rules,
        routes,
        rules,
        (haveR, haveU, wantR, wantU, foreignR, foreignU) => {
          const own = (item: DesiredRoute): Route => completeRoute(item, ownership);
          const foreign = foreignR.map((item) => ({ ...own(item), protocol: 3 }));
          const taken = new Set(foreign.map((item) => `${item.destination} ${item.table} ${item.metric}`));
          const free = (item: DesiredRoute): boolean => !taken.has(byPlace(item));
          const foreignRules = foreignU.map((item) => ({ ...completeRule(item, ownership), protocol: 3 }));
          const unique = (list: readonly DesiredRule[]): Rule[] => [
            ...new Map(
              list.map((item) => [
                ruleLine('add', completeRule(item, ownership)),
                completeRule(item, ownership),
              ]),
            ).values(),
          ];
          const before = snapshot(
            [...foreign, ...haveR.filter(free).map(own)],
            [...foreignRules, ...unique(haveU)],
          );
          const desired = { routes: wantR.filter(free), rules: wantU };
          const plan = planChanges(before, desired, ownership);
          expect(plan.conflicts).toEqual([]);
          expect(plan.actions.every((action) => action.line.includes('146'))).toBe(true);
          // Removals find exactly what they name.
          remove(
            before,
            plan.actions.filter((a) => a.kind.startsWith('remove')).map((a) => a.line),
          );
          const after = snapshot(
            [...foreign, ...desired.routes.map(own)],
            [...foreignRules, ...unique(wantU)],
          );
          expect(isEmptyPlan(planChanges(after, desired, ownership))).toBe(true);
          // The way back leads to what was there.
          const back = planChanges(after, ownedState(before, ownership), ownership);
          const forth = new Set(plan.actions.map((action) => action.inverse));
          expect(new Set(back.actions.map((action) => action.line))).toEqual(forth);
          expect(before.routes.filter((r) => !ownsRoute(ownership, r))).toEqual(foreign);
          expect(before.rules.filter((r) => !ownsRule(ownership, r))).toEqual(foreignRules);
        },
      ),
      propertyOptions(300),
    );
  });

  test('a foreign route at the same place is a conflict', () => {
    const want: DesiredRoute = {
      family: 'inet',
      destination: '10.0.0.0/24',
      device: 'eth0',
      table: 42_000,
      reason: 'r',
    };
    const there = { ...completeRoute(want, ownership), protocol: 4 };
    const plan = planChanges(snapshot([there], []), { routes: [want], rules: [] }, ownership);
    expect(plan.actions).toEqual([]);
    expect(plan.conflicts).toEqual([
      { what: 'route to 10.0.0.0/24 in table 42000', reason: 'protocol 4 has a route at the same place' },
    ]);
  });

  test('what is wanted outside of the owned range is refused', () => {
    const bad = {
      family: 'inet',
      destination: '10.0.0.0/24',
      device: 'eth0',
      table: 254,
      reason: 'r',
    } as const;
    expect(() => planChanges(snapshot([], []), { routes: [bad], rules: [] }, ownership)).toThrow(
      'outside the owned range',
    );
  });
});
