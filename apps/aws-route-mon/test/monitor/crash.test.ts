import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { type StartedProcess, startProcess, until } from '@net/testing';
import { runOnce } from '../../src/monitor/run-once.js';
import { createSandboxVpc } from './sandbox-vpc.js';

const child = fileURLToPath(new URL('daemon-child.mjs', import.meta.url));

/** The call within which the daemon is killed, and whether the API carries it out. */
const moments = [
  { action: 'DescribeRouteTables', nth: 1 },
  { action: 'DescribeNetworkInterfaces', nth: 1 },
  { action: 'ModifyNetworkInterfaceAttribute', nth: 1 },
  { action: 'DescribeRouteTables', nth: 2 },
  { action: 'ReplaceRoute', nth: 1 },
  { action: 'CreateRoute', nth: 1 },
  { action: 'DescribeRouteTables', nth: 3 },
  { action: 'DescribeRouteTables', nth: 6 },
] as const;

describe('a daemon that is killed', () => {
  test.each(moments)(
    'within $action number $nth leaves nothing that the next run does not put right',
    async ({ action, nth }) => {
      const vpc = await createSandboxVpc({ checkIsOn: true });
      const api = await vpc.openApi();
      const own = vpc.id('nat-1/eni');
      const others = ['10.9.0.0/16', '192.0.2.0/24', '10.0.0.0/16'];
      let daemon: StartedProcess | undefined;
      try {
        vpc.killOwner();
        const bystanders = others.map((to) => vpc.route('table-1', to));
        const slow = vpc.sandbox.faults.add({
          match: { action },
          nth,
          fault: { kind: 'latency', durationMs: 400 },
        });
        daemon = startProcess(process.execPath, [child, vpc.sandbox.endpoint, own, vpc.id('table-1')]);
        await until(`${action} number ${nth}`, () => slow.struck > 0, 20_000);
        daemon.child.kill('SIGKILL');
        await daemon.ended;
        vpc.sandbox.faults.clear();
        // Half done is either not done or done: a route leads to the old target or to this one.
        expect([`${own} active`, `${vpc.id('old/eni')} blackhole`]).toContain(vpc.route());
        expect([`${own} active`, undefined]).toContain(vpc.route('table-1', '203.0.113.0/24'));
        const monitor = vpc.monitor(api, {
          destinations: ['0.0.0.0/0', '203.0.113.0/24'],
          fixSourceDestCheck: true,
        });
        const { outcomes } = await runOnce(monitor);
        expect(outcomes.filter(({ status }) => status === 'failed')).toEqual([]);
        expect(vpc.route()).toBe(`${own} active`);
        expect(vpc.route('table-1', '203.0.113.0/24')).toBe(`${own} active`);
        expect(others.map((to) => vpc.route('table-1', to))).toEqual(bystanders);
      } finally {
        await daemon?.stop(0);
        api.close();
        await vpc.close();
      }
    },
  );
});
