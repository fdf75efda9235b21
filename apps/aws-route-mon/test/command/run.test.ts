import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createSandboxVpc, REGION, type SandboxVpc } from '../monitor/sandbox-vpc.js';
import { claimant, environment, run } from './command.js';

let vpc: SandboxVpc;
beforeEach(async () => {
  vpc = await createSandboxVpc();
});
afterEach(() => vpc.close());

const table = (): string[] => ['-r', vpc.id('table-1')];
const healed = (): string => `${vpc.id('nat-1/eni')} active`;

describe('the original, flag by flag', () => {
  test('the cron line heals a black hole', async () => {
    vpc.killOwner();
    const { code, stderr } = await run(
      environment(vpc),
      ...table(),
      ...claimant(vpc),
      ...['-c', '0.0.0.0/0', '-R', REGION, '-L', 'console'],
    );
    expect(stderr).toContain('route.claimed');
    expect(code).toBe(0);
    expect(vpc.route()).toBe(healed());
  });

  test('long flags, keys on the command line with a warning, and no key in what it prints', async () => {
    vpc.killOwner();
    const { accessKeyId, secretAccessKey } = vpc.sandbox.credentials();
    const env = { ...environment(vpc), AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined };
    const { code, stdout, stderr } = await run(
      env,
      `--route-table=${vpc.id('table-1')}`,
      `--interface=${vpc.id('nat-1/eni')}`,
      '--cidr=0.0.0.0/0',
      `--region=${REGION}`,
      `--access-id=${accessKeyId}`,
      `--access-key=${secretAccessKey}`,
      '--logging-to=console',
      ...['--jitter', '0s', '--no-require-forwarding', '--allow-remote-interface'],
    );
    expect(code).toBe(0);
    expect(stderr).toMatch(/access-key.*visible|instance role/s);
    expect(stdout + stderr).not.toContain(secretAccessKey);
    expect(vpc.route()).toBe(healed());
  });

  test('a healthy route is okay: exit 0, nothing written', async () => {
    const { code, stderr } = await run(environment(vpc), ...table(), ...claimant(vpc));
    expect(code).toBe(0);
    expect(stderr).toContain('okay');
    expect(vpc.count('ReplaceRoute') + vpc.count('CreateRoute')).toBe(0);
  });

  test('a missing route is created', async () => {
    const { code } = await run(environment(vpc), ...table(), ...claimant(vpc), '-c', '198.51.100.0/24');
    expect(code).toBe(0);
    expect(vpc.route('table-1', '198.51.100.0/24')).toBe(healed());
  });

  test('a route to a gateway is left alone, which the original did not do', async () => {
    const { code } = await run(environment(vpc), ...table(), ...claimant(vpc), '-c', '192.0.2.0/24');
    expect(code).toBe(0);
    expect(vpc.route('table-1', '192.0.2.0/24')).toMatch(/^igw-/);
  });

  test('several tables and destinations in one run', async () => {
    await vpc.close();
    vpc = await createSandboxVpc({ tables: 3 });
    vpc.killOwner();
    const tables = ['table-1', 'table-2', 'table-3'].flatMap((name) => ['-r', vpc.id(name)]);
    const { code } = await run(environment(vpc), ...tables, ...claimant(vpc), '-c', '0.0.0.0/0,::/0');
    expect(code).toBe(0);
    for (const name of ['table-1', 'table-2', 'table-3']) {
      expect(vpc.route(name)).toBe(healed());
      expect(vpc.route(name, '::/0')).toBe(healed());
    }
  });
});

describe('exit codes', () => {
  const deny = (action: string): void =>
    void vpc.sandbox.faults.add({ match: { action }, fault: { kind: 'deny' } });

  test.each<[number, string, () => string[], RegExp]>([
    [112, 'a table that is not there', () => ['-r', 'rtb-00000000'], /rtb-00000000 was not found/],
    [
      113,
      'a missing route that is not to be created',
      () => [...table(), '-c', '198.51.100.0/24', '--no-create'],
      /no route for/,
    ],
    [
      111,
      'no right to look',
      () => (deny('DescribeRouteTables'), table()),
      /ec2:DescribeRouteTables was denied/,
    ],
    [
      114,
      'no right to replace',
      () => (vpc.killOwner(), deny('ReplaceRoute'), table()),
      /ec2:ReplaceRoute was denied/,
    ],
    [
      115,
      'no right to create',
      () => (deny('CreateRoute'), [...table(), '-c', '198.51.100.0/24']),
      /ec2:CreateRoute was denied/,
    ],
    [2, 'no table at all', () => [], /no route table is given/],
  ])('%d: %s', async (wanted, _what, words, message) => {
    const { code, stderr } = await run(environment(vpc), ...words(), ...claimant(vpc));
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/ {4}at /);
    expect(code).toBe(wanted);
  });

  test('110: no connection', async () => {
    const env = environment(vpc, { AWS_ENDPOINT_URL: 'http://127.0.0.1:9' });
    const { code } = await run(env, ...table(), ...claimant(vpc));
    expect(code).toBe(110);
  }, 60_000);

  test('110: no credentials', async () => {
    const env = { ...environment(vpc), AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined };
    const { code, stderr } = await run(env, ...table(), ...claimant(vpc));
    expect(stderr).toContain('no usable AWS credentials');
    expect(code).toBe(110);
  });

  test('3: this instance would drop what it attracts', async () => {
    await vpc.close();
    vpc = await createSandboxVpc({ checkIsOn: true });
    vpc.killOwner();
    const first = await run(environment(vpc), ...table(), ...claimant(vpc));
    expect(first.stderr).toContain('source/dest check');
    expect(first.code).toBe(3);
    expect(vpc.route()).toMatch(/blackhole$/);
    const second = await run(environment(vpc), ...table(), ...claimant(vpc), '--fix-source-dest-check');
    expect(second.code).toBe(0);
    expect(vpc.route()).toBe(healed());
  });
});

describe('looking without touching', () => {
  const writes = (): number => vpc.count('ReplaceRoute') + vpc.count('CreateRoute');

  test('--dry-run and plan say what would be done, and --json is one document', async () => {
    vpc.killOwner();
    const dry = await run(environment(vpc), ...table(), ...claimant(vpc), '--dry-run');
    expect(dry.stdout).toContain(`points 0.0.0.0/0 of ${vpc.id('table-1')} at ${vpc.id('nat-1/eni')}`);
    const planned = await run(environment(vpc), 'plan', ...table(), ...claimant(vpc), '--json');
    const { actions, routes } = JSON.parse(planned.stdout) as { actions: unknown[]; routes: unknown[] };
    expect(actions).toMatchObject([{ kind: 'replace-route', to: vpc.id('nat-1/eni'), because: 'blackhole' }]);
    expect(routes).toMatchObject([{ state: 'blackhole', verdict: 'replace' }]);
    expect([dry.code, planned.code, writes()]).toEqual([0, 0, 0]);
  });

  test('--dry-run=api has the API check the permission, and changes nothing', async () => {
    vpc.killOwner();
    const { code } = await run(environment(vpc), ...table(), ...claimant(vpc), '--dry-run=api');
    expect(code).toBe(0);
    expect(vpc.count('ReplaceRoute')).toBe(1);
    expect(vpc.route()).toMatch(/blackhole$/);
    vpc.sandbox.faults.add({ match: { action: 'ReplaceRoute' }, fault: { kind: 'deny' } });
    const denied = await run(environment(vpc), ...table(), ...claimant(vpc), '--dry-run=api');
    expect(denied.stderr).toContain('ec2:ReplaceRoute was denied');
    expect(denied.code).toBe(114);
  });

  test('explain shows the evidence and what follows', async () => {
    vpc.killOwner();
    const { stdout, code } = await run(environment(vpc), 'explain', ...table(), ...claimant(vpc));
    expect(stdout).toMatch(/blackhole\s+bad: the route's state is blackhole/);
    expect(stdout).toMatch(/therefore/);
    expect(code).toBe(0);
  });
});

describe('where it runs', () => {
  test('region and interface come from the instance metadata', async () => {
    vpc.killOwner();
    const { endpoint } = await vpc.sandbox.attachImds(vpc.id('nat-1'));
    const env = {
      ...environment(vpc),
      AWS_REGION: undefined,
      AWS_EC2_METADATA_DISABLED: undefined,
      AWS_EC2_METADATA_SERVICE_ENDPOINT: endpoint,
    };
    const { code, stderr } = await run(env, ...table(), '--jitter', '0s', '--no-require-forwarding');
    expect(stderr).toContain('route.claimed');
    expect(code).toBe(0);
    expect(vpc.route()).toBe(healed());
  });

  test('every option also comes from the environment', async () => {
    vpc.killOwner();
    const env = environment(vpc, {
      AWS_ROUTE_MON_ROUTE_TABLE: vpc.id('table-1'),
      AWS_ROUTE_MON_INTERFACE: vpc.id('nat-1/eni'),
      AWS_ROUTE_MON_JITTER: '0s',
      AWS_ROUTE_MON_REQUIRE_FORWARDING: 'false',
      AWS_ROUTE_MON_ALLOW_REMOTE_INTERFACE: 'true',
    });
    expect((await run(env)).code).toBe(0);
    expect(vpc.route()).toBe(healed());
  });
});

test('the printed policy is enough, and nothing in it is unused', async () => {
  await vpc.close();
  vpc = await createSandboxVpc({ checkIsOn: true, tags: { pool: 'nat' } });
  const words = [
    ...table(),
    ...claimant(vpc),
    ...['-c', '0.0.0.0/0,198.51.100.0/24', '--fix-source-dest-check', '--peers', 'tag:pool=nat'],
    ...['--policy', 'blackhole or detached or stopped or impaired', '--fall', '1'],
  ];
  const { stdout } = await run(environment(vpc), ...words, '--print-iam-policy');
  const policy = JSON.parse(stdout) as { Statement: { Action: string | string[] }[] };
  vpc.killOwner();
  vpc.sandbox.calls.clear();
  expect((await run(environment(vpc), ...words)).code).toBe(0);
  const called = new Set(vpc.sandbox.calls.list().map(({ action }) => `ec2:${action}`));
  expect(policy.Statement.flatMap(({ Action }) => Action).sort()).toEqual([...called].sort());
});

test('help has examples and exit codes; the unit is for the daemon', async () => {
  const env = environment(vpc);
  const help = await run(env, '--help');
  expect(help.stdout).toMatch(/Examples:[\s\S]*110/);
  const unit = await run(env, 'daemon', '--print-systemd-unit');
  expect(unit.stdout).toMatch(/ExecStart=.* daemon\n/);
  expect([help.code, unit.code]).toEqual([0, 0]);
});
