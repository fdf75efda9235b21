import type { Sandbox, SandboxOptions } from '@net/aws-sandbox';
import { createSandbox } from '@net/aws-sandbox';
import { openSession } from '@net/aws-core';
import { type WatchSettings, watchConfig } from '../../src/config.js';
import { type Ec2RouteApi, type Ec2RouteApiOptions, openEc2RouteApi } from '../../src/ec2/ec2-route-api.js';
import { type Monitor, type MonitorParts, createMonitor } from '../../src/monitor/monitor.js';

export const REGION = 'eu-west-1';

/** A VPC on the sandbox whose route leads to the instance `old`, with claimants `nat-1`, `nat-2`, ... */
export interface SandboxVpc {
  readonly sandbox: Sandbox;
  readonly id: (name: string) => string;
  /** Stops the owner: its routes turn black holes. */
  readonly killOwner: () => void;
  /** Where a route leads and its state: `eni-... active`; undefined for none. */
  readonly route: (table?: string, destination?: string) => string | undefined;
  readonly openApi: (options?: Ec2RouteApiOptions) => Promise<Ec2RouteApi>;
  readonly monitor: (
    api: Ec2RouteApi,
    settings?: Partial<WatchSettings>,
    parts?: Partial<MonitorParts>,
  ) => Monitor;
  readonly count: (action: string) => number;
  readonly close: () => Promise<void>;
}

export interface SandboxVpcOptions extends SandboxOptions {
  readonly claimants?: number;
  readonly tables?: number;
  readonly hasRoute?: boolean;
  readonly checkIsOn?: boolean;
  readonly tags?: Readonly<Record<string, string>>;
}

export async function createSandboxVpc(options: SandboxVpcOptions = {}): Promise<SandboxVpc> {
  const { claimants = 1, tables = 1, hasRoute = true, checkIsOn = false, tags = {}, ...rest } = options;
  const sandbox = await createSandbox({
    delays: { pendingMs: 0, stoppingMs: 0, shuttingDownMs: 0, blackholeMs: 0 },
    ...rest,
  });
  const names = Array.from({ length: claimants }, (_, index) => `nat-${index + 1}`);
  const ids = sandbox.seed({
    regions: [
      {
        region: REGION,
        vpcs: [
          {
            name: 'main',
            cidr: '10.0.0.0/16',
            ipv6: true,
            internetGateway: true,
            subnets: [{ name: 'public', cidr: '10.0.0.0/24' }],
            instances: [
              { name: 'old', subnet: 'public', sourceDestCheck: false, tags },
              { name: 'other', subnet: 'public', sourceDestCheck: false },
              ...names.map((name) => ({ name, subnet: 'public', sourceDestCheck: checkIsOn, tags })),
            ],
            routeTables: Array.from({ length: tables }, (_, index) => ({
              name: `table-${index + 1}`,
              routes: [
                ...(hasRoute ? [{ to: '0.0.0.0/0', via: 'old' }] : []),
                { to: '10.9.0.0/16', via: 'other' },
                { to: '192.0.2.0/24', via: 'igw' },
              ],
            })),
          },
        ],
      },
    ],
  });
  const id = (name: string): string => {
    const found = ids[name];
    if (found === undefined) throw new Error(`no ${name} in the seed`);
    return found;
  };
  const ec2 = sandbox.ec2(undefined, REGION);
  const { credentials } = sandbox.client(REGION);
  const session = await openSession({
    app: { name: 'aws-route-mon', version: '0.0.0' },
    region: REGION,
    endpointUrl: sandbox.endpoint,
    accessKeyId: credentials.accessKeyId,
    secretAccessKey: credentials.secretAccessKey,
    env: {},
  });
  return {
    sandbox,
    id,
    killOwner: () => void ec2.stopInstances({ InstanceIds: [id('old')] }),
    route: (table = 'table-1', destination = '0.0.0.0/0') => {
      const { RouteTables = [] } = ec2.describeRouteTables({ RouteTableIds: [id(table)] });
      const found = RouteTables[0]?.Routes?.find(
        (route) =>
          (route.DestinationCidrBlock ?? route.DestinationIpv6CidrBlock ?? route.DestinationPrefixListId) ===
          destination,
      );
      return found && `${found.NetworkInterfaceId ?? found.GatewayId ?? '?'} ${found.State ?? '?'}`;
    },
    openApi: async (apiOptions) => await openEc2RouteApi(session, apiOptions),
    monitor: (api, settings, parts) =>
      createMonitor({
        api,
        config: watchConfig({
          interfaceId: id('nat-1/eni'),
          routeTables: [id('table-1')],
          jitter: { leastMs: 0, mostMs: 0 },
          ...settings,
        }),
        peerSource: { kind: 'none' },
        ...parts,
      }),
    count: (action) => sandbox.calls.list({ action }).length,
    close: async () => await sandbox.close(),
  };
}
