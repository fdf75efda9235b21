import { describe, expect, test } from '@jest/globals';
import { systemClock } from '@net/aws-core';
import { until } from '@net/testing';
import { runDaemon } from '../../src/monitor/daemon.js';
import type { MonitorEvent } from '../../src/monitor/events.js';
import { pollDepartures } from '../../src/monitor/notices.js';
import { REGION, createSandboxVpc } from './sandbox-vpc.js';

describe('a monitor that leaves', () => {
  test('hands over what still leads to it when it is stopped, and nothing else', async () => {
    const vpc = await createSandboxVpc({ claimants: 2, tables: 2 });
    const api = await vpc.openApi();
    const stop = new AbortController();
    try {
      vpc.killOwner();
      const [own, peer] = [vpc.id('nat-1/eni'), vpc.id('nat-2/eni')];
      const monitor = vpc.monitor(api, {
        routeTables: [vpc.id('table-1'), vpc.id('table-2')],
        fallback: peer,
        intervalMs: 100,
      });
      const done = runDaemon(monitor, { suspiciousMs: 100 }, stop.signal);
      await until('both routes', () => [1, 2].every((n) => vpc.route(`table-${n}`) === `${own} active`));
      vpc.sandbox.ec2(undefined, REGION).replaceRoute({
        RouteTableId: vpc.id('table-2'),
        DestinationCidrBlock: '0.0.0.0/0',
        NetworkInterfaceId: vpc.id('other/eni'),
      });
      stop.abort(new Error('SIGTERM'));
      await done;
      expect(vpc.route('table-1')).toBe(`${peer} active`);
      expect(vpc.route('table-2')).toBe(`${vpc.id('other/eni')} active`);
    } finally {
      stop.abort(new Error('over'));
      api.close();
      await vpc.close();
    }
  });

  test('a notice is acted on until it is done: only then is the life cycle completed', async () => {
    const vpc = await createSandboxVpc({ claimants: 2 });
    const api = await vpc.openApi({ budgetMs: 200 });
    const stop = new AbortController();
    try {
      vpc.killOwner();
      const [own, peer] = [vpc.id('nat-1/eni'), vpc.id('nat-2/eni')];
      let notice: string | undefined;
      let completed = 0;
      const errors: unknown[] = [];
      const events: MonitorEvent['kind'][] = [];
      const monitor = vpc.monitor(
        api,
        { fallback: peer, intervalMs: 100 },
        { onEvent: ({ kind }) => events.push(kind) },
      );
      const departures = pollDepartures({
        read: () => Promise.resolve(notice),
        clock: systemClock,
        intervalMs: 20,
        afterLeaving: () => {
          completed += 1;
          return Promise.resolve();
        },
        onError: (_, error) => errors.push(error),
      });
      const done = runDaemon(monitor, { suspiciousMs: 100, departures }, stop.signal);
      await until('the route', () => vpc.route() === `${own} active`);
      const denied = vpc.sandbox.faults.add({ match: { action: 'ReplaceRoute' }, fault: { kind: 'deny' } });
      notice = 'Spot interruption';
      await until('two failed attempts', () => errors.length >= 2);
      expect([completed, vpc.route()]).toEqual([0, `${own} active`]);
      expect(String(errors[0])).toContain('ec2:ReplaceRoute');
      denied.remove();
      await until('the hand-over', () => completed === 1);
      expect(vpc.route()).toBe(`${peer} active`);
      // It takes part again when the notice goes away.
      notice = undefined;
      await until('staying', () => events.includes('staying'));
      vpc.sandbox.ec2(undefined, REGION).stopInstances({ InstanceIds: [vpc.id('nat-2')] });
      await until('the route again', () => vpc.route() === `${own} active`);
      stop.abort(new Error('over'));
      await done;
      expect(completed).toBe(1);
    } finally {
      stop.abort(new Error('over'));
      api.close();
      await vpc.close();
    }
  });
});
