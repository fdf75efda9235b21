import {
  CreateTrafficMirrorSessionCommand,
  DescribeInstancesCommand,
  DescribeTagsCommand,
  DescribeTrafficMirrorFiltersCommand,
  DescribeTrafficMirrorSessionsCommand,
  DescribeTrafficMirrorTargetsCommand,
  DescribeVpcsCommand,
  EC2Client,
} from '@aws-sdk/client-ec2';

/**
 * The original's calls, as its source makes them: for each interface one look for its session and, when there is none,
 * one for the filter and one to create. Its lists are read whole here, which it does not do.
 */
export async function runOriginal({ sandbox, region, ec2, targets }) {
  const client = new EC2Client(sandbox.client(region));
  const before = sandbox.calls.total;
  const begunAt = performance.now();
  try {
    await client.send(new DescribeVpcsCommand({}));
    await client.send(new DescribeTagsCommand({ MaxResults: 5 }));
    await client.send(new DescribeTrafficMirrorTargetsCommand({}));
    const interfaces = [];
    let token;
    do {
      const page = await client.send(new DescribeInstancesCommand({ MaxResults: 1000, NextToken: token }));
      for (const { Instances } of page.Reservations)
        for (const { NetworkInterfaces } of Instances)
          interfaces.push(...NetworkInterfaces.map(({ NetworkInterfaceId }) => NetworkInterfaceId));
      token = page.NextToken;
    } while (token);
    const sources = ec2.state.mirrorTargets;
    const filter = ec2.createTrafficMirrorFilter({ Description: 'Vectra Full Traffic + DNS Filter' })
      .TrafficMirrorFilter.TrafficMirrorFilterId;
    for (const id of interfaces) {
      if (Object.values(sources).some(({ resource }) => resource === id)) continue;
      const found = await client.send(
        new DescribeTrafficMirrorSessionsCommand({
          Filters: [{ Name: 'network-interface-id', Values: [id] }],
        }),
      );
      if (found.TrafficMirrorSessions.length > 0) continue;
      await client.send(
        new DescribeTrafficMirrorFiltersCommand({
          Filters: [{ Name: 'description', Values: ['Vectra Full Traffic + DNS Filter'] }],
        }),
      );
      await client.send(
        new CreateTrafficMirrorSessionCommand({
          NetworkInterfaceId: id,
          TrafficMirrorTargetId: targets[0],
          TrafficMirrorFilterId: filter,
          SessionNumber: 1,
          TagSpecifications: [
            { ResourceType: 'traffic-mirror-session', Tags: [{ Key: 'Creator', Value: 'Vectra:Tap' }] },
          ],
        }),
      );
    }
    return {
      code: 0,
      calls: sandbox.calls.total - before,
      seconds: Number(((performance.now() - begunAt) / 1000).toFixed(1)),
    };
  } finally {
    client.destroy();
  }
}
