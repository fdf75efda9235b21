import { describe, expect, test } from '@jest/globals';
import { runOnce } from '../../src/monitor/run-once.js';
import { REGION, createSandboxVpc } from '../monitor/sandbox-vpc.js';

describe('carrying out a plan', () => {
  test('a table that is denied does not keep the others from being healed', async () => {
    const vpc = await createSandboxVpc({ tables: 3 });
    const api = await vpc.openApi();
    try {
      vpc.killOwner();
      const forbidden = vpc.id('table-2');
      vpc.sandbox.faults.add({
        match: { action: 'ReplaceRoute', when: (params) => params['RouteTableId'] === forbidden },
        fault: { kind: 'deny' },
      });
      const monitor = vpc.monitor(api, { routeTables: ['table-1', 'table-2', 'table-3'].map(vpc.id) });
      const { outcomes } = await runOnce(monitor);
      const own = `${vpc.id('nat-1/eni')} active`;
      expect([vpc.route('table-1'), vpc.route('table-3')]).toEqual([own, own]);
      expect(outcomes.filter(({ status }) => status === 'failed')).toMatchObject([
        { action: { tableId: forbidden }, detail: expect.stringContaining('ec2:ReplaceRoute') as unknown },
      ]);
    } finally {
      api.close();
      await vpc.close();
    }
  });

  test('a route that another claimant created first is not fought over, though reads lag', async () => {
    const vpc = await createSandboxVpc({ hasRoute: false, claimants: 2 });
    const api = await vpc.openApi();
    try {
      const ec2 = vpc.sandbox.ec2(undefined, REGION);
      // Looks at the table before the other's write until well after it.
      const stale = vpc.sandbox.faults.add({
        match: { action: 'DescribeRouteTables' },
        fault: { kind: 'stale', lagMs: 700 },
      });
      await api.describeTables({ kind: 'ids', ids: [vpc.id('table-1')] });
      ec2.createRoute({
        RouteTableId: vpc.id('table-1'),
        DestinationCidrBlock: '0.0.0.0/0',
        NetworkInterfaceId: vpc.id('nat-2/eni'),
      });
      const { outcomes } = await runOnce(vpc.monitor(api), { lookAgainMs: 100 });
      expect(outcomes.filter(({ status }) => status === 'failed')).toEqual([]);
      expect(vpc.route()).toBe(`${vpc.id('nat-2/eni')} active`);
      expect(vpc.count('ReplaceRoute')).toBe(0);
      stale.remove();
    } finally {
      api.close();
      await vpc.close();
    }
  });

  test('throttling within the budget is waited out, beyond it is an error that says so', async () => {
    const vpc = await createSandboxVpc();
    const api = await vpc.openApi();
    try {
      vpc.killOwner();
      const forever = vpc.sandbox.faults.add({
        match: { action: 'ReplaceRoute' },
        fault: { kind: 'throttle' },
      });
      const failed = await runOnce(vpc.monitor(api, {}, { throttleBudgetMs: 500 }));
      expect(failed.outcomes).toMatchObject([{ status: 'failed', error: { code: 'NET_AWS_THROTTLED' } }]);
      expect(vpc.route()).toBe(`${vpc.id('old/eni')} blackhole`);
      forever.remove();
      vpc.sandbox.faults.add({ match: { action: 'ReplaceRoute' }, times: 3, fault: { kind: 'throttle' } });
      const healed = await runOnce(vpc.monitor(api));
      expect(healed.outcomes).toMatchObject([{ status: 'done' }]);
    } finally {
      api.close();
      await vpc.close();
    }
  });

  test('a dry run of the API sends the writes and changes nothing', async () => {
    const vpc = await createSandboxVpc({ checkIsOn: true });
    const api = await vpc.openApi();
    try {
      vpc.killOwner();
      const { outcomes } = await runOnce(vpc.monitor(api, { fixSourceDestCheck: true }), { dryRun: 'api' });
      expect(outcomes.map(({ status }) => status)).toEqual(['dry-run', 'dry-run']);
      expect(vpc.route()).toBe(`${vpc.id('old/eni')} blackhole`);
      const planned = await runOnce(vpc.monitor(api), { dryRun: 'plan' });
      expect(planned.outcomes).toEqual([]);
      expect(vpc.count('ReplaceRoute')).toBe(1);
    } finally {
      api.close();
      await vpc.close();
    }
  });
});
