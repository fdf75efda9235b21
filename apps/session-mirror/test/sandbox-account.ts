import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { openSession, type Session } from '@net/aws-core';
import { createSandbox, type Ec2Region, type Sandbox, type SandboxOptions } from '@net/aws-sandbox';
import { runProcess, type RunResult } from '@net/testing';
import { fileURLToPath } from 'node:url';
import type { MirrorApi } from '../src/ec2/mirror-api.js';
import { openMirrorApi } from '../src/ec2/open-mirror-api.js';
import { mirrorDefaults } from '../src/policy/config.js';

export const REGION = 'eu-west-1';

const program = (name: string): string => fileURLToPath(new URL(`../bin/${name}.js`, import.meta.url));

/**
 * An account on the sandbox: VPC `alpha` with three instances, `beta` with two, `sensors` with the instance `sensor`,
 * whose interface is a target.
 */
export interface SandboxAccount {
  readonly sandbox: Sandbox;
  readonly ec2: Ec2Region;
  readonly id: (name: string) => string;
  readonly targetId: string;
  readonly session: Session;
  readonly openApi: () => Promise<MirrorApi>;
  readonly setTags: (name: string, tags: Readonly<Record<string, string>>) => void;
  readonly removeTags: (name: string, ...keys: string[]) => void;
  /** Enables a VPC. */
  readonly enable: (name: string, targetId?: string, enrollment?: string) => void;
  /** `eni -> target #number filter` of every session of ours, in order. */
  readonly sessions: () => string[];
  /** Names of the instances with sessions of ours, in order. */
  readonly mirrored: () => string[];
  readonly count: (action?: string) => number;
  readonly run: (...args: string[]) => Promise<RunResult>;
  readonly runAs: (name: string, ...args: string[]) => Promise<RunResult>;
  readonly environment: () => NodeJS.ProcessEnv;
  readonly close: () => Promise<void>;
}

export async function createAccount(options: SandboxOptions = {}): Promise<SandboxAccount> {
  const sandbox = await createSandbox({
    delays: { pendingMs: 0, stoppingMs: 0, shuttingDownMs: 0, loadBalancerMs: 20, gatewayMs: 0 },
    ...options,
  });
  const names = ['a1', 'a2', 'a3', 'b1', 'b2', 'sensor'];
  const vpc = (name: string, cidr: string, instances: readonly string[]): object => ({
    name,
    cidr: `${cidr}.0.0/16`,
    subnets: [
      { name: `${name}-a`, cidr: `${cidr}.0.0/20`, zone: 'a' },
      { name: `${name}-b`, cidr: `${cidr}.16.0/20`, zone: 'b' },
    ],
    instances: instances.map((instance) => ({ name: instance, subnet: `${name}-a`, type: 'm5.large' })),
  });
  const ids = sandbox.seed({
    regions: [
      {
        region: REGION,
        vpcs: [
          vpc('alpha', '10.1', ['a1', 'a2', 'a3']),
          vpc('beta', '10.2', ['b1', 'b2']),
          vpc('sensors', '10.3', ['sensor']),
        ] as never,
      },
    ],
  });
  const ec2 = sandbox.ec2(undefined, REGION);
  const id = (name: string): string => ids[name] ?? name;
  const { accessKeyId, secretAccessKey } = sandbox.credentials();
  const session = await openSession({
    app: { name: 'session-mirror', version: 'test' },
    region: REGION,
    accessKeyId,
    secretAccessKey,
    endpointUrl: sandbox.endpoint,
    env: {},
  });
  const made = ec2.createTrafficMirrorTarget({ NetworkInterfaceId: id('sensor/eni') });
  const targetId = made.TrafficMirrorTarget?.TrafficMirrorTargetId ?? '';
  const setTags = (name: string, tags: Readonly<Record<string, string>>): void => {
    ec2.createTags({
      Resources: [id(name)],
      Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
    });
  };
  const environment = (): NodeJS.ProcessEnv => ({
    PATH: process.env['PATH'],
    HOME: '/nonexistent',
    AWS_ENDPOINT_URL: sandbox.endpoint,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_REGION: REGION,
    AWS_EC2_METADATA_DISABLED: 'true',
  });
  const ours = (): NonNullable<
    ReturnType<Ec2Region['describeTrafficMirrorSessions']>['TrafficMirrorSessions']
  > =>
    (ec2.describeTrafficMirrorSessions({}).TrafficMirrorSessions ?? []).filter(({ Tags }) =>
      Tags?.some(({ Key, Value }) => Key === 'Creator' && Value === mirrorDefaults.creator),
    );
  const runAs = (name: string, ...args: string[]): Promise<RunResult> =>
    runProcess(process.execPath, [program(name), ...args], { env: environment() });
  return {
    sandbox,
    ec2,
    id,
    targetId,
    session,
    openApi: () => openMirrorApi(session),
    setTags,
    removeTags: (name, ...keys) => {
      ec2.deleteTags({ Resources: [id(name)], Tags: keys.map((Key) => ({ Key })) });
    },
    enable: (name, target = targetId, enrollment = 'auto') => {
      setTags(name, {
        'Vectra:session_mirroring_target': target,
        'Vectra:session_mirroring_enrollment': enrollment,
      });
    },
    sessions: () =>
      ours()
        .map(
          (each) =>
            `${each.NetworkInterfaceId} -> ${each.TrafficMirrorTargetId} #${each.SessionNumber} ${each.TrafficMirrorFilterId}`,
        )
        .sort(),
    mirrored: () => {
      const on = new Set(ours().map(({ NetworkInterfaceId }) => NetworkInterfaceId));
      return names.filter((name) => on.has(id(`${name}/eni`)));
    },
    count: (action) => sandbox.calls.count(action === undefined ? {} : { action }),
    run: (...args) => runAs('session-mirror', ...args),
    runAs,
    environment,
    close: () => sandbox.close(),
  };
}

/** ARN of a new internal Network Load Balancer without a listener, as the original made them. */
export async function bareLoadBalancer(
  account: SandboxAccount,
  name: string,
  subnet: string,
): Promise<string> {
  const { CreateLoadBalancerCommand } = await import('@aws-sdk/client-elastic-load-balancing-v2');
  const client = new ElasticLoadBalancingV2Client(account.sandbox.client(REGION));
  try {
    const { LoadBalancers } = await client.send(
      new CreateLoadBalancerCommand({
        Name: name,
        Type: 'network',
        Scheme: 'internal',
        Subnets: [account.id(subnet)],
      }),
    );
    return LoadBalancers?.[0]?.LoadBalancerArn ?? '';
  } finally {
    client.destroy();
  }
}

/** A target of a load balancer, which takes any number of sources. */
export async function balancerTarget(account: SandboxAccount, name = 'sensors-nlb'): Promise<string> {
  const arn = await bareLoadBalancer(account, name, 'sensors-a');
  const made = account.ec2.createTrafficMirrorTarget({ NetworkLoadBalancerArn: arn });
  return made.TrafficMirrorTarget?.TrafficMirrorTargetId ?? '';
}
