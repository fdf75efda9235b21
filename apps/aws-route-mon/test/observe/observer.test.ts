import { describe, expect, test } from '@jest/globals';
import { InputError } from '../../src/errors.js';
import { parsePeerSource } from '../../src/observe/peers.js';
import { createSandboxVpc } from '../monitor/sandbox-vpc.js';

describe('what is read', () => {
  test('a quiet poll is one call, however many routes there are, and a selection works', async () => {
    const vpc = await createSandboxVpc({ tables: 20 });
    const api = await vpc.openApi();
    try {
      const monitor = vpc.monitor(api, {
        routeTables: [],
        select: ['tag:Name~^table-'],
        destinations: ['0.0.0.0/0', '10.9.0.0/16'],
      });
      await monitor.pass({ isThorough: true });
      const before = vpc.sandbox.calls.list({}).at(-1)!.sequence;
      const { plan } = await monitor.pass();
      expect(plan.decisions).toHaveLength(40);
      expect(plan.decisions.every(({ verdict }) => verdict === 'healthy')).toBe(true);
      expect(vpc.sandbox.calls.list({ after: before }).map(({ action }) => action)).toEqual([
        'DescribeRouteTables',
      ]);
    } finally {
      api.close();
      await vpc.close();
    }
  });

  test('tables that do not exist are told, and the rest is watched', async () => {
    const vpc = await createSandboxVpc();
    const api = await vpc.openApi();
    try {
      const monitor = vpc.monitor(api, { routeTables: [vpc.id('table-1'), 'rtb-00000000'] });
      const { snapshot, plan } = await monitor.pass();
      expect(snapshot.missingTableIds).toEqual(['rtb-00000000']);
      expect(plan.decisions).toHaveLength(1);
    } finally {
      api.close();
      await vpc.close();
    }
  });

  test('peers are those that run and may forward', async () => {
    const vpc = await createSandboxVpc({ claimants: 3, tags: { role: 'nat' } });
    const api = await vpc.openApi();
    try {
      const monitor = vpc.monitor(api, {}, { peerSource: parsePeerSource('tag:role=nat') });
      vpc.killOwner();
      await monitor.pass({ isThorough: true, dryRun: 'plan' });
      const expected = ['nat-2/eni', 'nat-3/eni'].map(vpc.id).sort();
      expect(monitor.peers?.map(({ interfaceId }) => interfaceId).sort()).toEqual(expected);
      const named = vpc.monitor(
        api,
        {},
        { peerSource: parsePeerSource(['old/eni', 'nat-2/eni'].map(vpc.id).join(',')) },
      );
      await named.pass({ isThorough: true, dryRun: 'plan' });
      expect(named.peers?.map(({ interfaceId }) => interfaceId)).toEqual([vpc.id('nat-2/eni')]);
    } finally {
      api.close();
      await vpc.close();
    }
  });

  test.each(['', 'asg:', 'tag:', 'eni-1', 'eni-00000001,', 'everybody'])('%j names no peers', (text) => {
    expect(() => parsePeerSource(text)).toThrow(InputError);
  });
});
