import { bucketSizeOf } from '@net/aws-sandbox';
import { runOnce } from '../dist/monitor/run-once.js';
import { openWorld } from './sandbox.mjs';

/** 500 routes over 50 tables, against the time that the token bucket makes necessary. */
export async function healUnderThrottling() {
  const world = await openWorld({ tables: 50, routesPerTable: 10 });
  try {
    world.kill();
    world.sandbox.faults.throttling(true);
    const begunAt = performance.now();
    let lastAt = begunAt;
    const result = await runOnce(world.monitor(), {});
    const accepted = world.sandbox.calls.list({ action: 'ReplaceRoute', outcome: 'ok' });
    const sent = world.sandbox.calls.list({ action: 'ReplaceRoute' });
    const firstAtMs = sent[0].atMs;
    const lastAtMs = accepted.at(-1).atMs;
    lastAt = performance.now();
    const { capacity, refillPerSecond } = bucketSizeOf('ReplaceRoute', {});
    const routes = world.routes();
    const needed = (routes.length - capacity) / refillPerSecond;
    const spent = (lastAtMs - firstAtMs) / 1000;
    const order = accepted.map(({ params }) => params.DestinationCidrBlock);
    return {
      'aws-route-mon': {
        routes: routes.length,
        healed: routes.filter(
          ({ State, NetworkInterfaceId }) => State === 'active' && NetworkInterfaceId === world.own,
        ).length,
        failed: result.outcomes.filter(({ status }) => status === 'failed').length,
        'bucket allows s': needed,
        'writes took s': Number(spent.toFixed(1)),
        ratio: Number((spent / needed).toFixed(3)),
        'run took s': Number(((lastAt - begunAt) / 1000).toFixed(1)),
        sent: sent.length,
        'defaults among first 50': order.slice(0, 50).filter((to) => to === '0.0.0.0/0').length,
      },
    };
  } finally {
    await world.close();
  }
}
