import { createSandbox, type Sandbox } from '@net/aws-sandbox';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

import { type RunningProgram, start } from '../processes.js';
import { type Narrator, type Stage, StageError } from '../stage.js';

const REGION = 'eu-west-1';
const GROUP = 'nat';
const NAMES = ['nat-a', 'nat-b', 'nat-c'] as const;

/** A pair of NAT instances of an Auto Scaling group: the one that has the route dies, and the other takes it. */
export const awsRouteMon: Stage = {
  tool: 'aws-route-mon',
  purpose: 'a black-holed route of a VPC heals itself',
  command: 'aws-route-mon daemon -r rtb-... --fix-source-dest-check, on each NAT instance',
  run: async (narrator, signal) => {
    const sandbox = await createSandbox();
    const monitors = new Map<string, RunningProgram>();
    try {
      await show(sandbox, monitors, narrator, signal);
    } finally {
      await Promise.all([...monitors.values()].map((monitor) => monitor.stop()));
      await sandbox.close();
    }
  },
};

async function show(
  sandbox: Sandbox,
  monitors: Map<string, RunningProgram>,
  narrator: Narrator,
  signal: AbortSignal,
): Promise<void> {
  const ids = sandbox.seed(world);
  const id = (name: string): string => ids[name] ?? '';
  const ec2 = sandbox.ec2(undefined, REGION);
  const group = sandbox.autoScaling(undefined, REGION);
  group.createGroup({ name: GROUP, instanceIds: [id('nat-a'), id('nat-b')] });
  narrator.step(
    `an AWS on loopback: a VPC whose private subnet reaches the world by nat-a, of the group "${GROUP}"`,
  );
  let deathMs = performance.now();
  const since = (): string => `${((performance.now() - deathMs) / 1000).toFixed(1)} s`;
  let isDead = false;

  const monitor = async (name: string): Promise<void> => {
    const { endpoint } = await sandbox.attachImds(id(name));
    const onLine = (line: string): void => {
      const said = eventOf(line);
      if (said?.event.startsWith('route.') === true && said.level !== 'debug')
        narrator.detail(`${isDead ? `${since()}  ` : ''}${name} says ${said.event}: ${said.message}`);
    };
    const running = start(process.execPath, [program, ...watch, '-r', id('private')], signal, {
      env: environment(sandbox, endpoint),
      onLine,
    });
    monitors.set(name, running);
    await running.waitFor(/route\.(ours|healthy)/);
  };
  const owner = (): string => {
    const { RouteTables = [] } = ec2.describeRouteTables({ RouteTableIds: [id('private')] });
    const route = RouteTables[0]?.Routes?.find(({ DestinationCidrBlock: to }) => to === '0.0.0.0/0');
    const name = NAMES.find((each) => id(`${each}/eni`) === route?.NetworkInterfaceId) ?? 'nobody';
    return route?.State === 'active' ? name : 'nobody';
  };

  narrator.step(
    'the real tool, twice, through the real SDK: each finds out where it runs and who its peers are',
  );
  await monitor('nat-a');
  await monitor('nat-b');

  narrator.step('nat-a dies, and its monitor with it');
  await monitors.get('nat-a')?.kill();
  monitors.delete('nat-a');
  ec2.terminateInstances({ InstanceIds: [id('nat-a')] });
  await until(() => owner() === 'nobody', signal, 'the route to become a black hole');
  deathMs = performance.now();
  isDead = true;
  await until(() => owner() === 'nat-b', signal, 'nat-b to take the route');
  const healed = since();
  narrator.step(
    `the route leads to nat-b, ${healed} after it became a black hole, by ${sandbox.calls.list({ action: 'ReplaceRoute' }).length} ReplaceRoute`,
  );

  narrator.step('Auto Scaling starts nat-c: its monitor leaves a route alone that is well');
  group.addInstance(GROUP, id('nat-c'));
  await monitor('nat-c');
  if (owner() !== 'nat-b') throw new StageError(`the route is ${owner()}'s now`);
}

const world = {
  regions: [
    {
      region: REGION,
      vpcs: [
        {
          name: 'main',
          cidr: '10.0.0.0/16',
          subnets: [
            { name: 'public', cidr: '10.0.0.0/24' },
            { name: 'app', cidr: '10.0.1.0/24' },
          ],
          instances: NAMES.map((name) => ({ name, subnet: 'public', sourceDestCheck: false })),
          routeTables: [{ name: 'private', subnets: ['app'], routes: [{ to: '0.0.0.0/0', via: 'nat-a' }] }],
        },
      ],
    },
  ],
};

const require = createRequire(import.meta.url);
const program = join(dirname(require.resolve('@net/aws-route-mon/package.json')), 'bin/aws-route-mon.js');
// Whether the machine of the tour forwards is no matter; the rest is as on an instance, only more often.
const watch = [
  'daemon',
  '--no-require-forwarding',
  ...['--interval', '1s', '--suspicious-interval', '250ms', '-L', 'json'],
];

function environment(sandbox: Sandbox, metadata: string): NodeJS.ProcessEnv {
  const { accessKeyId, secretAccessKey } = sandbox.credentials();
  return {
    PATH: process.env['PATH'],
    AWS_ENDPOINT_URL: sandbox.endpoint,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_EC2_METADATA_SERVICE_ENDPOINT: metadata,
  };
}

function eventOf(line: string): { event: string; level: string; message: string } | undefined {
  try {
    return JSON.parse(line) as { event: string; level: string; message: string };
  } catch {
    return undefined;
  }
}

async function until(probe: () => boolean, signal: AbortSignal, what: string): Promise<void> {
  const endMs = performance.now() + 30_000;
  while (!probe()) {
    if (performance.now() > endMs) throw new StageError(`waited in vain for ${what}`);
    await setTimeout(50, undefined, { signal });
  }
}
