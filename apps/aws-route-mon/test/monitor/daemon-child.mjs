// A daemon of the built package: endpoint, own interface and table are the arguments.
import { openSession } from '@net/aws-core';
import { watchConfig } from '../../dist/config.js';
import { openEc2RouteApi } from '../../dist/ec2/ec2-route-api.js';
import { runDaemon } from '../../dist/monitor/daemon.js';
import { createMonitor } from '../../dist/monitor/monitor.js';

const [endpointUrl, interfaceId, table] = process.argv.slice(2);
const session = await openSession({
  app: { name: 'aws-route-mon', version: '0.0.0' },
  region: 'eu-west-1',
  endpointUrl,
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'of the sandbox',
  env: {},
});
const monitor = createMonitor({
  api: await openEc2RouteApi(session),
  config: watchConfig({
    interfaceId,
    routeTables: [table],
    destinations: ['0.0.0.0/0', '203.0.113.0/24'],
    fixSourceDestCheck: true,
    jitter: { leastMs: 0, mostMs: 0 },
    intervalMs: 100,
  }),
  peerSource: { kind: 'none' },
});
await runDaemon(monitor, { suspiciousMs: 100 }, new AbortController().signal);
