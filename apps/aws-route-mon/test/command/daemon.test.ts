import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type StartedProcess, until } from '@net/testing';
import { createSandboxVpc, REGION, type SandboxVpc } from '../monitor/sandbox-vpc.js';
import { claimant, environment, run, start } from './command.js';

let vpc: SandboxVpc;
const daemons: StartedProcess[] = [];
beforeEach(async () => {
  vpc = await createSandboxVpc({ claimants: 2 });
});
afterEach(async () => {
  await Promise.all(daemons.splice(0).map((daemon) => daemon.stop()));
  await vpc.close();
});

const healed = (name: string): string => `${vpc.id(`${name}/eni`)} active`;

function watch(name: string, ...more: string[]): StartedProcess {
  const daemon = start(
    environment(vpc),
    ...['daemon', '-r', vpc.id('table-1'), ...claimant(vpc, name), '--no-notices'],
    ...['--interval', '200ms', '--suspicious-interval', '100ms', ...more],
  );
  daemons.push(daemon);
  return daemon;
}

test('heals when the owner stops, serves health and metrics, ends with 0 on SIGTERM', async () => {
  const daemon = watch('nat-1', '--metrics-port', '0');
  const [, port] = await daemon.waitFor(/serves \/metrics and \/healthz on 127\.0\.0\.1:(\d+)/);
  await daemon.waitFor(/route\.healthy/);
  vpc.killOwner();
  await until('the route to be healed', () => vpc.route() === healed('nat-1'));
  await daemon.waitFor(/route\.claimed/);
  await until('the metrics', async () => {
    const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    return (
      /aws_route_mon_actions_total\{[^}]*status="done"[^}]*\} 1/.test(text) &&
      /aws_route_mon_api_calls_total\{operation="ReplaceRoute"\} 1/.test(text)
    );
  });
  const health = await fetch(`http://127.0.0.1:${port}/healthz`);
  expect(health.status).toBe(200);
  expect(await daemon.stop()).toMatchObject({ code: 0 });
});

test('two daemons end with one owner and about one write', async () => {
  const first = watch('nat-1', '--peers', `${vpc.id('nat-1/eni')},${vpc.id('nat-2/eni')}`);
  const second = watch('nat-2', '--peers', `${vpc.id('nat-1/eni')},${vpc.id('nat-2/eni')}`);
  await Promise.all([first.waitFor(/route\.healthy/), second.waitFor(/route\.healthy/)]);
  vpc.killOwner();
  await until('an owner', () => [healed('nat-1'), healed('nat-2')].includes(vpc.route() ?? ''));
  const owner = vpc.route();
  const loser = owner === healed('nat-1') ? second : first;
  await loser.waitFor(/route\.healthy[\s\S]*route\.healthy/);
  expect(vpc.route()).toBe(owner);
  expect(vpc.count('ReplaceRoute')).toBeLessThanOrEqual(2);
});

test('hands over to its fallback on SIGTERM, only what is its own', async () => {
  const daemon = watch('nat-1', '--fallback', vpc.id('nat-2/eni'));
  await daemon.waitFor(/route\.healthy/);
  vpc.killOwner();
  await until('the route to be healed', () => vpc.route() === healed('nat-1'));
  const { code } = await daemon.stop(20_000);
  expect(vpc.route()).toBe(healed('nat-2'));
  expect(vpc.route('table-1', '10.9.0.0/16')).toBe(`${vpc.id('other/eni')} active`);
  expect(code).toBe(0);
});

test('killed in the middle of a heal: the next run puts it right', async () => {
  const daemon = watch('nat-1');
  await daemon.waitFor(/route\.healthy/);
  vpc.sandbox.faults.add({
    match: { action: 'ReplaceRoute' },
    times: 1,
    fault: { kind: 'latency', durationMs: 60_000 },
  });
  vpc.killOwner();
  await daemon.waitFor(/route\.write/);
  daemon.child.kill('SIGKILL');
  await daemon.ended;
  expect(vpc.route()).toMatch(/blackhole$/);
  expect((await run(environment(vpc), '-r', vpc.id('table-1'), ...claimant(vpc, 'nat-2'))).code).toBe(0);
  expect(vpc.route()).toBe(healed('nat-2'));
});

test('leaves before Auto Scaling terminates its instance, as the instance metadata tells', async () => {
  const group = vpc.sandbox.autoScaling(undefined, REGION);
  group.createGroup({ name: 'nat', instanceIds: [vpc.id('nat-1'), vpc.id('nat-2')] });
  const { endpoint } = await vpc.sandbox.attachImds(vpc.id('nat-1'));
  const daemon = start(
    {
      ...environment(vpc),
      AWS_EC2_METADATA_DISABLED: undefined,
      AWS_EC2_METADATA_SERVICE_ENDPOINT: endpoint,
    },
    ...[
      'daemon',
      '-r',
      vpc.id('table-1'),
      '--no-require-forwarding',
      '--jitter',
      '0s',
      '--interval',
      '200ms',
    ],
    ...['--peers', 'none', '--fallback', vpc.id('nat-2/eni')],
  );
  daemons.push(daemon);
  await daemon.waitFor(/route\.healthy/);
  vpc.killOwner();
  await until('the route to be healed', () => vpc.route() === healed('nat-1'));
  group.removeInstance('nat', vpc.id('nat-1'));
  group.addInstance('nat', vpc.id('nat-1'), 'Terminated');
  await until('the hand-over', () => vpc.route() === healed('nat-2'), 20_000);
  await daemon.waitFor(/monitor\.leaving.*Auto Scaling is about to terminate/);
}, 60_000);

test('SIGINT ends it with 0, too', async () => {
  const daemon = watch('nat-1');
  await daemon.waitFor(/route\.healthy/);
  daemon.child.kill('SIGINT');
  expect(await daemon.ended).toMatchObject({ code: 0 });
  expect(vpc.count('ReplaceRoute')).toBe(0);
});

test('a table it may not read is told and tried again, not the end', async () => {
  vpc.sandbox.faults.add({ match: { action: 'DescribeRouteTables' }, times: 2, fault: { kind: 'deny' } });
  const daemon = watch('nat-1');
  await daemon.waitFor(/monitor\.pass-failed.*ec2:DescribeRouteTables was denied/);
  await daemon.waitFor(/route\.healthy/);
});
