import { EC2 } from '@aws-sdk/client-ec2';
import { ElasticLoadBalancing } from '@aws-sdk/client-elastic-load-balancing';
import { ElasticLoadBalancingV2 } from '@aws-sdk/client-elastic-load-balancing-v2';
import { expect, test } from '@jest/globals';

import { buildNetwork } from '../flow-logs/network.js';
import { openSandbox } from '../open-sandbox.js';

test('Classic Load Balancers live beside the others, with interfaces that are described as theirs', async () => {
  const sandbox = await openSandbox();
  const { publicSubnetId } = buildNetwork(sandbox);
  const classic = new ElasticLoadBalancing({ ...sandbox.client(), maxAttempts: 1 });
  const listener = { Protocol: 'HTTP', LoadBalancerPort: 80, InstancePort: 8080 };
  for (const name of ['web', 'api', 'old']) {
    const { DNSName } = await classic.createLoadBalancer({
      LoadBalancerName: name,
      Listeners: [listener],
      Subnets: [publicSubnetId],
    });
    expect(DNSName).toMatch(new RegExp(`^${name}-\\d{10}\\.eu-west-1\\.elb\\.amazonaws\\.com$`));
  }
  const first = await classic.describeLoadBalancers({ PageSize: 2 });
  expect(first.LoadBalancerDescriptions?.map((one) => one.LoadBalancerName)).toEqual(['web', 'api']);
  const second = await classic.describeLoadBalancers({ PageSize: 2, Marker: first.NextMarker! });
  expect(second.LoadBalancerDescriptions).toMatchObject([
    { LoadBalancerName: 'old', Scheme: 'internet-facing', ListenerDescriptions: [{ Listener: listener }] },
  ]);
  expect(second.NextMarker).toBeUndefined();
  const ec2 = new EC2(sandbox.client());
  const find = async (): Promise<unknown> =>
    (await ec2.describeNetworkInterfaces({ Filters: [{ Name: 'description', Values: ['ELB web'] }] }))
      .NetworkInterfaces;
  expect(await find()).toMatchObject([
    { RequesterManaged: true, RequesterId: 'amazon-elb', Association: { PublicIp: expect.any(String) } },
  ]);
  await expect(classic.describeLoadBalancers({ LoadBalancerNames: ['app/web/1'] })).rejects.toMatchObject({
    name: 'AccessPointNotFoundException',
    Error: expect.objectContaining({ Code: 'LoadBalancerNotFound' }),
  });
  await classic.deleteLoadBalancer({ LoadBalancerName: 'web' });
  expect(await find()).toEqual([]);
  const v2 = new ElasticLoadBalancingV2(sandbox.client());
  expect((await v2.describeLoadBalancers({})).LoadBalancers).toEqual([]);
});
