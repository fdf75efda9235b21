import { setTimeout as sleep } from 'node:timers/promises';
import { openWorld } from './sandbox.mjs';

/** Calls of polls while every route is well. */
export async function idleCalls() {
  const table = {};
  for (const [tables, routesPerTable] of [
    [1, 1],
    [50, 10],
    [150, 10],
  ]) {
    const world = await openWorld({ tables, routesPerTable });
    try {
      const monitor = world.monitor();
      await monitor.pass({ isThorough: true });
      const before = world.sandbox.calls.list({}).at(-1).sequence;
      for (let poll = 0; poll < 10; poll++) {
        await monitor.pass();
        await sleep(1);
      }
      const calls = world.sandbox.calls.list({ after: before });
      table[`${tables * routesPerTable} routes in ${tables} tables`] = {
        'calls per poll': calls.length / 10,
        actions: [...new Set(calls.map(({ action }) => action))].join(', '),
      };
    } finally {
      await world.close();
    }
  }
  return table;
}
