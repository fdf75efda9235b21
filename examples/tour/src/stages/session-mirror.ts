import { createSandbox, type Sandbox } from '@net/aws-sandbox';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

import { run } from '../processes.js';
import { type Narrator, type Stage, StageError } from '../stage.js';

const REGION = 'eu-west-1';

/** Two VPCs, one that mirrors all of its instances and one that mirrors the whitelisted, through what happens to them. */
export const sessionMirror: Stage = {
  tool: 'session-mirror',
  purpose: 'the tags of an account are its Traffic Mirroring sessions',
  command: 'session-mirror plan; session-mirror tap, each quarter of an hour or as a Lambda function',
  run: async (narrator, signal) => {
    const sandbox = await createSandbox();
    try {
      await show(sandbox, narrator, signal);
    } finally {
      await sandbox.close();
    }
  },
};

async function show(sandbox: Sandbox, narrator: Narrator, signal: AbortSignal): Promise<void> {
  const ids = sandbox.seed(world);
  const id = (name: string): string => ids[name] ?? '';
  const ec2 = sandbox.ec2(undefined, REGION);
  const sensor = ec2.createTrafficMirrorTarget({ NetworkInterfaceId: id('sensor/eni') });
  const sensorTarget = sensor.TrafficMirrorTarget?.TrafficMirrorTargetId ?? '';
  const mirror = async (...args: string[]): Promise<string[]> => {
    const text = await run(process.execPath, [program, ...args], { signal, env: environment(sandbox) });
    return text.split('\n').filter((line) => line !== '');
  };
  const mirrored = (): string => {
    const on = (ec2.describeTrafficMirrorSessions({}).TrafficMirrorSessions ?? []).map(
      ({ NetworkInterfaceId, TrafficMirrorTargetId }) => `${NetworkInterfaceId} ${TrafficMirrorTargetId}`,
    );
    return on.length === 0
      ? 'none'
      : `${on.length} to ${new Set(on.map((each) => each.split(' ')[1])).size} target(s)`;
  };
  const tap = async (): Promise<void> => {
    for (const line of await mirror('tap')) narrator.detail(line);
  };

  narrator.step(
    'an AWS on loopback: VPCs "web" and "batch", and a sensor; the VPCs are enabled by their tags',
  );
  await mirror('config-vpc', '--vpc', id('web'), '--target', sensorTarget, '--yes');
  await mirror(
    ...['config-vpc', '--vpc', id('batch'), '--target', sensorTarget, '--enrollment', 'whitelist', '--yes'],
  );
  await mirror('whitelist', '--add', id('batch-1'));

  narrator.step('the plan, with its reasons and its bill');
  for (const line of await mirror('plan')) narrator.detail(line.trim());
  narrator.step('apply: all of web, the whitelisted one of batch');
  await tap();
  expectMirrored(mirrored(), '3 to 1 target(s)');

  narrator.step('web-1 dies and a new instance comes: the next run mirrors that one');
  ec2.terminateInstances({ InstanceIds: [id('web-1')] });
  ec2.runInstances({
    ImageId: 'ami-0123456789abcdef0',
    MinCount: 1,
    MaxCount: 1,
    InstanceType: 'm5.large',
    SubnetId: id('web-a'),
  });
  await tap();

  narrator.step('somebody deletes a session by hand: it heals');
  const [session] = ec2.describeTrafficMirrorSessions({}).TrafficMirrorSessions ?? [];
  ec2.deleteTrafficMirrorSession({ TrafficMirrorSessionId: session?.TrafficMirrorSessionId });
  await tap();

  narrator.step('another target, a load balancer with all that it needs: sessions are changed in place');
  for (const name of ['web', 'batch']) {
    const lines = await mirror(
      ...['config-vpc', '--vpc', id(name), '--create-nlb', '--register', id('sensor'), '--yes'],
    );
    if (name === 'web') for (const line of lines) narrator.detail(line);
  }
  await tap();
  expectMirrored(mirrored(), '3 to 2 target(s)');

  narrator.step('both are disabled: nothing is left to pay for');
  await mirror('config-vpc', '--vpc', `${id('web')},${id('batch')}`, '--disable', '--yes');
  await tap();
  await mirror('prune', '--targets', '--yes');
  expectMirrored(mirrored(), 'none');
  narrator.detail(`sessions: ${mirrored()}; the original left all of them, and their price, behind`);
}

function expectMirrored(seen: string, wanted: string): void {
  if (seen !== wanted) throw new StageError(`mirrored are ${seen}, not ${wanted}`);
}

const vpc = (name: string, network: string, instances: readonly string[]): object => ({
  name,
  cidr: `${network}.0.0/16`,
  subnets: [{ name: `${name}-a`, cidr: `${network}.0.0/24` }],
  instances: instances.map((each) => ({ name: each, subnet: `${name}-a`, type: 'm5.large' })),
});

const world = {
  regions: [
    {
      region: REGION,
      vpcs: [
        vpc('web', '10.1', ['web-1', 'web-2']),
        vpc('batch', '10.2', ['batch-1', 'batch-2']),
        vpc('sensors', '10.3', ['sensor']),
      ],
    },
  ],
} as never;

const require = createRequire(import.meta.url);
const program = join(dirname(require.resolve('@net/session-mirror/package.json')), 'bin/session-mirror.js');

function environment(sandbox: Sandbox): NodeJS.ProcessEnv {
  const { accessKeyId, secretAccessKey } = sandbox.credentials();
  return {
    PATH: process.env['PATH'],
    AWS_ENDPOINT_URL: sandbox.endpoint,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_REGION: REGION,
  };
}
