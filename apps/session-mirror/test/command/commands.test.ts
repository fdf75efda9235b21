import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { temporaryDirectory } from '@net/testing';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { balancerTarget, createAccount, type SandboxAccount } from '../sandbox-account.js';

let account: SandboxAccount;
beforeEach(async () => {
  account = await createAccount();
});
afterEach(() => account.close());

describe('tap and plan', () => {
  test('tap says what it did; session_mirror_tap is the same', async () => {
    account.enable('alpha');
    const first = await account.run();
    expect(first.stdout).toContain('3 created, 0 changed, 0 deleted');
    expect(first.code).toBe(0);
    const again = await account.runAs('session_mirror_tap');
    expect(again.stdout).toContain('0 created, 0 changed, 0 deleted, 3 as they were');
    expect(again.code).toBe(0);
  });

  test('a plan has reasons, the bill and the skips, and changes nothing', async () => {
    account.enable('alpha');
    account.setTags('a1', {
      'Vectra:session_mirroring_blacklist': 'True',
      'Vectra:session_mirroring_whitelist': 'True',
    });
    const { stdout, code } = await account.run('plan');
    expect(stdout).toMatch(/2 to create, 0 to change, 0 to delete/);
    expect(stdout).toMatch(/mirror eni-\w+ of a2 to tmt-\w+ as number 1: vpc-\w+ enrols all instances/);
    expect(stdout).toMatch(/left out i-\w+ \(instance-invalid\)/);
    expect(stdout).toContain('0 -> 2 interfaces at 0.015 USD an hour: 0.00 -> 21.90 USD a month');
    expect(code).toBe(0);
    expect(account.sessions()).toEqual([]);
    expect((await account.run('plan', '--exit-code')).code).toBe(6);
    expect((await account.run('tap', '--dry-run')).stdout).toBe((await account.run('plan')).stdout);
  });

  test('a type that AWS once did not support is a doubt, not a refusal', async () => {
    account.ec2.runInstances({
      ImageId: 'ami-0123456789abcdef0',
      MinCount: 1,
      MaxCount: 1,
      InstanceType: 'm6i.large',
      SubnetId: account.id('beta-a'),
    });
    account.enable('beta');
    const { stdout } = await account.run('plan');
    expect(stdout).toContain("m6i was on AWS's list of families that cannot be mirrored");
  });

  test('JSON is the plan as data', async () => {
    account.enable('alpha');
    const { stdout } = await account.run('plan', '--json');
    const plan = JSON.parse(stdout) as { actions: { kind: string; reason: string }[]; cost: object };
    expect(plan.actions.map(({ kind }) => kind)).toEqual([
      'create-filter',
      'create-session',
      'create-session',
      'create-session',
    ]);
    const run = JSON.parse((await account.run('tap', '--json')).stdout) as {
      outcomes: { status: string }[];
      left: number;
    };
    expect(run.outcomes.map(({ status }) => status)).toEqual(['done', 'done', 'done', 'done']);
    expect(run.left).toBe(0);
  });

  test('two regions and two accounts side by side', async () => {
    const other = account.sandbox.ec2('210987654321', 'eu-central-1');
    account.sandbox.iam.createRole('210987654321', 'mirror');
    expect(other.describeVpcs({}).Vpcs).toBeDefined();
    account.enable('alpha');
    const both = await account.run('plan', '-R', 'eu-west-1,eu-central-1', '--json');
    const plans = JSON.parse(both.stdout) as { region: string; account: string }[];
    expect(plans.map(({ region }) => region)).toEqual(['eu-west-1', 'eu-central-1']);
    const roles = await account.run(
      ...['plan', '--json', '--role-arn', 'arn:aws:iam::210987654321:role/mirror'],
    );
    expect(JSON.parse(roles.stdout)).toMatchObject({ account: '210987654321', region: 'eu-west-1' });
  });

  test('no region at all is said as the original did', async () => {
    const { runProcess } = await import('@net/testing');
    const { fileURLToPath } = await import('node:url');
    const env = { ...account.environment(), AWS_REGION: undefined };
    const bin = fileURLToPath(new URL('../../bin/session-mirror.js', import.meta.url));
    const { code, stderr } = await runProcess(process.execPath, [bin], { env });
    expect(stderr).toContain('region not available');
    expect(code).toBe(2);
  });

  test('a permission that is missing is named, exit 3 for reads, 5 for writes', async () => {
    account.enable('alpha');
    const fault = account.sandbox.faults.add({ match: { action: 'DescribeVpcs' }, fault: { kind: 'deny' } });
    const read = await account.run();
    expect(read.code).toBe(3);
    expect(read.stderr).toContain('ec2:DescribeVpcs');
    fault.remove();
    account.sandbox.faults.add({ match: { action: 'CreateTrafficMirrorSession' }, fault: { kind: 'deny' } });
    const write = await account.run();
    expect(write.code).toBe(5);
    expect(write.stderr).toContain('ec2:CreateTrafficMirrorSession');
  });
});

describe('guards', () => {
  async function mirrorMany(): Promise<void> {
    account.ec2.runInstances({
      ImageId: 'ami-0123456789abcdef0',
      MinCount: 8,
      MaxCount: 8,
      InstanceType: 'm5.large',
      SubnetId: account.id('alpha-a'),
    });
    account.enable('alpha', await balancerTarget(account));
    await account.run();
  }

  test('too many deletions stop with 4 and say what allows them', async () => {
    await mirrorMany();
    account.removeTags('alpha', 'Vectra:session_mirroring_target');
    const { code, stderr } = await account.run();
    expect(code).toBe(4);
    expect(stderr).toContain('11 of 11 sessions would be deleted');
    expect(stderr).toContain('--max-delete-percent 100');
    expect(account.sessions()).toHaveLength(11);
    expect((await account.run('plan')).code).toBe(4);
    expect((await account.run('--max-delete-percent', '100')).code).toBe(0);
    expect(account.sessions()).toEqual([]);
  });

  test('too dear stops with 4, over all regions together', async () => {
    account.enable('alpha');
    const { code, stderr } = await account.run('--max-monthly-cost', '30');
    expect(code).toBe(4);
    expect(stderr).toContain('32.85 USD a month, more than 30');
    expect(stderr).toContain('--max-monthly-cost 33');
    expect((await account.run('--max-monthly-cost', '33')).code).toBe(0);
  });
});

describe('filters as data', () => {
  const yaml = `
name: web
services: []
packetLength: 128
virtualNetworkId: 77
rules:
  - { direction: ingress, number: 10, action: accept, protocol: tcp, destinationPorts: 80-443 }
`;
  async function file(text: string): Promise<string> {
    const name = path.join(temporaryDirectory('filter'), 'filter.yaml');
    await writeFile(name, text);
    return name;
  }

  test('rules, length and network id are those of the file; another file changes them in place', async () => {
    account.enable('alpha');
    expect((await account.run('--filter', await file(yaml))).code).toBe(0);
    const sessions = account.ec2.describeTrafficMirrorSessions({}).TrafficMirrorSessions ?? [];
    expect(sessions.map(({ PacketLength, VirtualNetworkId }) => [PacketLength, VirtualNetworkId])).toEqual([
      [128, 77],
      [128, 77],
      [128, 77],
    ]);
    const { stdout, code } = await account.run();
    expect(stdout).toContain('0 created, 3 changed, 0 deleted');
    expect(code).toBe(0);
    const changed = account.ec2.describeTrafficMirrorSessions({}).TrafficMirrorSessions ?? [];
    expect(changed.map(({ TrafficMirrorSessionId }) => TrafficMirrorSessionId)).toEqual(
      sessions.map(({ TrafficMirrorSessionId }) => TrafficMirrorSessionId),
    );
    expect(changed.every(({ PacketLength }) => PacketLength === undefined)).toBe(true);
  });

  test('a file that is none is exit 2 with its place', async () => {
    const { code, stderr } = await account.run('--filter', await file('rules: [{ direction: up }]'));
    expect(code).toBe(2);
    expect(stderr).toContain('rules[0].direction: expected ingress or egress');
    expect(account.sandbox.calls.total).toBe(0);
  });
});

describe('status', () => {
  test('shows each VPC', async () => {
    account.enable('alpha');
    account.setTags('beta', { 'Vectra:session_mirroring_target': 'nonsense' });
    await account.run();
    account.setTags('a1', { 'Vectra:session_mirroring_blacklist': 'True' });
    const { stdout, code } = await account.run('status');
    expect(code).toBe(0);
    expect(stdout).toMatch(/3 sessions of ours, 0 of others, 32\.85 USD a month; 1 to do/);
    expect(stdout).toMatch(/alpha\s+auto\s+tmt-\w+\s+3 of 3\s+1/);
    expect(stdout).toMatch(/beta\s+invalid/);
    expect(stdout).toMatch(/sensors\s+off/);
  });
});

describe('lists', () => {
  test('instances are put on and taken off; the other list is an error', async () => {
    const [one, two] = [account.id('a1'), account.id('a2')];
    const { code, stdout } = await account.runAs('session_mirror_blacklist', '--add', `${one},${two}`);
    expect(stdout).toContain(`${one}: put on the blacklist (Vectra:session_mirroring_blacklist = True)`);
    expect(code).toBe(0);
    const list = await account.run('blacklist', '--list', '--json');
    expect(JSON.parse(list.stdout)).toMatchObject({
      instances: [{ name: 'a1' }, { name: 'a2' }].map((each) => expect.objectContaining(each) as object),
    });
    const both = await account.run('whitelist', '--add', one);
    expect(both.code).toBe(2);
    expect(both.stderr).toContain('is on the blacklist');
    expect((await account.run('blacklist', '--remove', one, '--dry-run')).stdout).toContain(
      'would be taken off',
    );
    await account.run('blacklist', '--remove', one);
    expect((await account.run('blacklist', '--list')).stdout).not.toContain(one);
    expect((await account.run('blacklist', '--add', 'i-00000000000000000')).stderr).toContain(
      'there is no instance',
    );
    expect((await account.run('blacklist', '--add', 'web-1')).code).toBe(2);
  });

  test('without a terminal it says which options do the same', async () => {
    const { code, stderr } = await account.run('whitelist');
    expect(code).toBe(2);
    expect(stderr).toContain('--add, --remove or --list');
  });
});

describe('prune', () => {
  test('takes what nothing needs, and with --all everything of ours', async () => {
    account.enable('alpha');
    await account.run();
    account.removeTags('alpha', 'Vectra:session_mirroring_target');
    const dry = await account.run('prune', '--dry-run');
    expect(dry.stdout).toContain('4 to delete');
    expect(account.sessions()).toHaveLength(3);
    const { code } = await account.run('prune', '--yes');
    expect(code).toBe(0);
    expect(account.sessions()).toEqual([]);
    expect(account.ec2.describeTrafficMirrorFilters({}).TrafficMirrorFilters).toEqual([]);
    account.enable('alpha');
    await account.run();
    await account.run('prune', '--all', '--yes');
    expect(account.sessions()).toEqual([]);
  });

  test('targets go with their load balancers, those of others stay', async () => {
    const made = await account.run(
      ...[
        'config-vpc',
        '--vpc',
        account.id('sensors'),
        '--create-nlb',
        '--register',
        account.id('sensor'),
        '--yes',
      ],
    );
    expect(made.code).toBe(0);
    await account.run('config-vpc', '--vpc', account.id('sensors'), '--disable', '--yes');
    const { stdout, code } = await account.run('prune', '--targets', '--yes');
    expect(stdout).toMatch(/tmt-\w+ and arn:aws:elasticloadbalancing:/);
    expect(code).toBe(0);
    const left = account.ec2.describeTrafficMirrorTargets({}).TrafficMirrorTargets ?? [];
    expect(left.map(({ TrafficMirrorTargetId }) => TrafficMirrorTargetId)).toEqual([account.targetId]);
  });
});

describe('the policies', () => {
  test.each(['read', 'write', 'enrol', 'targets'] as const)('%s is printed without a call', async (part) => {
    const { stdout, code } = await account.run('--print-iam-policy', part);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toHaveProperty('Statement');
    expect(account.sandbox.calls.total).toBe(0);
  });
});
