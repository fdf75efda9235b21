// How the sandbox itself scales: start, calls over HTTP, and an account with many interfaces and sessions.
import { cpus } from 'node:os';

const started = performance.now();
const { createSandbox } = await import('../dist/index.js');
const imported = performance.now();
const sandbox = await createSandbox({
  quotas: { networkInterfacesPerRegion: 20_000, mirrorSessionsPerTarget: 20_000 },
});
const listening = performance.now();
const { EC2, paginateDescribeNetworkInterfaces } = await import('@aws-sdk/client-ec2');
const { ElasticLoadBalancingV2 } = await import('@aws-sdk/client-elastic-load-balancing-v2');
const client = new EC2({ ...sandbox.client(), maxAttempts: 1 });
const first = performance.now();
await client.describeVpcs({});
const answered = performance.now();

const ec2 = sandbox.ec2();
const VpcId = ec2.createVpc({ CidrBlock: '10.0.0.0/16' }).Vpc.VpcId;
const SubnetId = ec2.createSubnet({ VpcId, CidrBlock: '10.0.0.0/16' }).Subnet.SubnetId;
const elb = new ElasticLoadBalancingV2(sandbox.client());
const nlb = await elb.createLoadBalancer({
  Name: 'mirror',
  Type: 'network',
  Scheme: 'internal',
  Subnets: [SubnetId],
});
const target = ec2.createTrafficMirrorTarget({
  NetworkLoadBalancerArn: nlb.LoadBalancers[0].LoadBalancerArn,
});
const filter = ec2.createTrafficMirrorFilter({});
const rows = [];
for (const count of [1_000, 10_000]) {
  const from = performance.now();
  const existing = Object.keys(ec2.state.networkInterfaces).length - 1;
  for (let index = existing; index < count; index++) {
    const { NetworkInterface } = ec2.createNetworkInterface({ SubnetId });
    ec2.createTrafficMirrorSession({
      NetworkInterfaceId: NetworkInterface.NetworkInterfaceId,
      TrafficMirrorTargetId: target.TrafficMirrorTarget.TrafficMirrorTargetId,
      TrafficMirrorFilterId: filter.TrafficMirrorFilter.TrafficMirrorFilterId,
      SessionNumber: 1,
    });
  }
  const built = performance.now();
  let seen = 0;
  for await (const page of paginateDescribeNetworkInterfaces({ client, pageSize: 1000 }, {}))
    seen += page.NetworkInterfaces.length;
  const described = performance.now();
  rows.push([count, built - from, described - built, seen, process.memoryUsage().heapUsed / 2 ** 20]);
}
const calls = 500;
const loop = performance.now();
for (let index = 0; index < calls; index++) await client.describeVpcs({});
const perCall = (performance.now() - loop) / calls;

console.log(`${cpus()[0].model} x ${cpus().length}, Node ${process.version}`);
console.log(
  `import ${(imported - started).toFixed(0)} ms, listen ${(listening - imported).toFixed(0)} ms, first answer ${(answered - first).toFixed(0)} ms, then ${perCall.toFixed(2)} ms a call, client included`,
);
for (const [count, buildMs, describeMs, seen, heapMib] of rows) {
  console.log(
    `${count} interfaces and sessions: built in ${buildMs.toFixed(0)} ms; ${seen} described over HTTP in ${describeMs.toFixed(0)} ms; heap ${heapMib.toFixed(0)} MiB`,
  );
}
await sandbox.close();
