import { openSession } from '@net/aws-core';
import { createSandbox } from '@net/aws-sandbox';
import { watchConfig } from '../dist/config.js';
import { openEc2RouteApi } from '../dist/ec2/ec2-route-api.js';
import { createMonitor } from '../dist/monitor/monitor.js';

const REGION = 'eu-west-1';

/** A VPC with tables whose routes lead to `old`, and a monitor of `nat`. */
export async function openWorld({ tables, routesPerTable }) {
  const sandbox = await createSandbox({
    delays: { pendingMs: 0, stoppingMs: 0, blackholeMs: 0 },
    quotas: { routesPerTable: 500 },
  });
  const destinations = Array.from({ length: routesPerTable }, (_, index) =>
    index === 0 ? '0.0.0.0/0' : `100.64.${index}.0/24`,
  );
  const names = Array.from({ length: tables }, (_, index) => `table-${index + 1}`);
  const ids = sandbox.seed({
    regions: [
      {
        region: REGION,
        vpcs: [
          {
            name: 'main',
            cidr: '10.0.0.0/16',
            subnets: [{ name: 'public', cidr: '10.0.0.0/24' }],
            instances: ['old', 'nat'].map((name) => ({ name, subnet: 'public', sourceDestCheck: false })),
            routeTables: names.map((name) => ({
              name,
              routes: destinations.map((to) => ({ to, via: 'old' })),
            })),
          },
        ],
      },
    ],
  });
  const { credentials } = sandbox.client(REGION);
  const session = await openSession({
    app: { name: 'aws-route-mon', version: '0.0.0' },
    region: REGION,
    endpointUrl: sandbox.endpoint,
    accessKeyId: credentials.accessKeyId,
    secretAccessKey: credentials.secretAccessKey,
    env: {},
  });
  const api = await openEc2RouteApi(session);
  const ec2 = sandbox.ec2(undefined, REGION);
  const own = ids['nat/eni'];
  return {
    sandbox,
    destinations,
    own,
    kill: () => ec2.stopInstances({ InstanceIds: [ids.old] }),
    /** Every route of the tables, from the sandbox itself. */
    routes: () =>
      ec2
        .describeRouteTables({ RouteTableIds: names.map((name) => ids[name]) })
        .RouteTables.flatMap(({ Routes }) => Routes.filter(({ GatewayId }) => GatewayId !== 'local')),
    monitor: (onEvent) =>
      createMonitor({
        api,
        config: watchConfig({
          interfaceId: own,
          routeTables: names.map((name) => ids[name]),
          destinations,
          jitter: { leastMs: 0, mostMs: 0 },
        }),
        peerSource: { kind: 'none' },
        ...(onEvent ? { onEvent } : {}),
      }),
    close: async () => {
      api.close();
      await sandbox.close();
    },
  };
}
