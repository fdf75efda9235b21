import { describe, expect, test } from '@jest/globals';
import { propertyOptions } from '@net/testing';
import fc from 'fast-check';
import { isRouteAction } from '../../src/decide/action.js';
import type { WatchConfig } from '../../src/decide/config.js';
import { type Memory, emptyMemory } from '../../src/decide/memory.js';
import { type Plan, plan, planRelease } from '../../src/decide/plan.js';
import { selectTables } from '../../src/model/table-selector.js';
import { OWN, type World, applyTo, configs, snapshotOf, trespass, worlds } from './random-world.js';

const START_MS = Date.UTC(2026, 0, 1);

/** Plans and applies until nothing is open any more. */
function runToRest(
  first: World,
  config: WatchConfig,
  dice: number,
  onPlan: (world: World, made: Plan) => void,
): { world: World; memory: Memory; nowMs: number; written: number } {
  let world = first;
  let memory = emptyMemory;
  let nowMs = START_MS;
  let written = 0;
  for (let round = 0; round < 40; round++) {
    const made = plan(snapshotOf(world, nowMs, dice), config, memory);
    onPlan(world, made);
    memory = made.memory;
    world = applyTo(world, made.actions);
    written += made.actions.filter(isRouteAction).length;
    if (made.actions.length === 0 && !made.isSuspicious && made.lookAgainAtMs === undefined) break;
    nowMs = Math.max(nowMs + 250, made.lookAgainAtMs ?? 0);
  }
  return { world, memory, nowMs, written };
}

describe('plans over random tables', () => {
  test('what is not ours is never written, nothing is written unready, and what was carried out is not planned again', () => {
    let actions = 0;
    fc.assert(
      fc.property(worlds, configs, fc.double({ min: 0, max: 0.999, noNaN: true }), (first, config, dice) => {
        const rest = runToRest(first, config, dice, (world, made) => {
          const selected = new Set(selectTables(world.tables, config.tables).map(({ id }) => id));
          for (const action of made.actions.filter(isRouteAction)) {
            actions += 1;
            expect(trespass(world, config, action)).toBeUndefined();
            expect(selected.has(action.tableId)).toBe(true);
            expect(action.to).toEqual({ kind: 'interface', id: OWN });
            expect(action.reason).not.toBe('');
            expect(world.leaving).toBeUndefined();
            expect(world.probe).not.toBe(false);
            expect(world.own).toMatchObject({ vpcId: 'vpc-00000001', attachment: { status: 'attached' } });
            const isCheckOff = world.own !== 'missing' && world.own.sourceDestCheck === false;
            expect(isCheckOff || made.actions[0]?.kind === 'disable-source-dest-check').toBe(true);
          }
        });
        const again = snapshotOf(rest.world, rest.nowMs + 60_000, dice);
        expect(plan(again, config, rest.memory).actions).toEqual([]);
      }),
      propertyOptions(10_000),
    );
    // The property would hold for a planner that never acts, too.
    expect(actions).toBeGreaterThan(3_000);
  });

  test('every destination is written at most once on the way to rest', () => {
    fc.assert(
      fc.property(worlds, configs, (first, config) => {
        const seen = new Map<string, number>();
        runToRest(first, config, 0.5, (_, made) => {
          for (const action of made.actions.filter(isRouteAction)) {
            const key = `${action.tableId} ${action.destination.value}`;
            seen.set(key, (seen.get(key) ?? 0) + 1);
          }
        });
        expect(Math.max(0, ...seen.values())).toBeLessThanOrEqual(1);
      }),
      propertyOptions(1_000),
    );
  });

  test('plans are pure, plain data, and default routes go first', () => {
    fc.assert(
      fc.property(worlds, configs, (world, config) => {
        const snapshot = snapshotOf(world, START_MS, 0);
        const text = JSON.stringify(snapshot);
        const made = plan(snapshot, config, emptyMemory);
        expect(JSON.stringify(snapshot)).toBe(text);
        expect(plan(snapshot, config, emptyMemory)).toEqual(made);
        expect(JSON.parse(JSON.stringify(made))).toEqual(JSON.parse(JSON.stringify(made)) as unknown);
        const isDefault = made.actions
          .filter(isRouteAction)
          .map(({ destination }) => /^(?:0\.0\.0\.0|::)\/0$/.test(destination.value));
        expect(isDefault.lastIndexOf(true)).toBeLessThan(
          isDefault.includes(false) ? isDefault.indexOf(false) : Infinity,
        );
      }),
      propertyOptions(1_000),
    );
  });

  test('a release touches only routes that lead to the own interface', () => {
    fc.assert(
      fc.property(worlds, configs, (world, config) => {
        const actions = planRelease(snapshotOf(world, START_MS, 0), config, () => 'eni-00000002', 'over');
        if (config.fallback === undefined) expect(actions).toEqual([]);
        for (const action of actions) {
          const table = world.tables.find(({ id }) => id === action.tableId);
          const leadsHere = table?.routes.some(
            ({ destination, target }) => destination.value === action.destination.value && target.id === OWN,
          );
          expect(leadsHere).toBe(true);
          expect(action.from).toEqual({ kind: 'interface', id: OWN });
          expect(action.to.id).not.toBe(OWN);
        }
      }),
      propertyOptions(1_000),
    );
  });
});
