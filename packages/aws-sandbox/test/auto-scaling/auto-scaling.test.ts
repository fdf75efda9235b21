import { AutoScaling } from '@aws-sdk/client-auto-scaling';
import { expect, test } from '@jest/globals';

import { buildNetwork } from '../ec2/network.js';
import { openSandbox } from '../open-sandbox.js';

test('groups and instances are described, and a lifecycle action is completed', async () => {
  const sandbox = await openSandbox();
  const { instanceIds, subnetId } = buildNetwork(sandbox, 2);
  const control = sandbox.autoScaling();
  control.createGroup({ name: 'nat', instanceIds, subnetIds: [subnetId], tags: { role: 'nat' } });
  control.createGroup({ name: 'other' });
  const client = new AutoScaling({ ...sandbox.client(), maxAttempts: 1 });
  const { AutoScalingGroups: groups } = await client.describeAutoScalingGroups({
    Filters: [{ Name: 'tag:role', Values: ['nat'] }],
  });
  expect(groups).toMatchObject([
    { AutoScalingGroupName: 'nat', DesiredCapacity: 2, Instances: [{ LifecycleState: 'InService' }, {}] },
  ]);
  const [InstanceId = ''] = instanceIds;
  const LifecycleActionToken = control.waitAtHook('nat', InstanceId, 'drain');
  const { AutoScalingInstances: instances } = await client.describeAutoScalingInstances({
    InstanceIds: [InstanceId],
  });
  expect(instances).toMatchObject([
    { InstanceId, AutoScalingGroupName: 'nat', LifecycleState: 'Terminating:Wait' },
  ]);
  const action = {
    AutoScalingGroupName: 'nat',
    LifecycleHookName: 'drain',
    LifecycleActionResult: 'CONTINUE',
  };
  await expect(
    client.completeLifecycleAction({ ...action, LifecycleHookName: 'wrong', InstanceId }),
  ).rejects.toMatchObject({ name: 'ValidationError' });
  await client.completeLifecycleAction({ ...action, LifecycleActionToken });
  expect(control.lifecycleState(InstanceId)).toBe('Terminating:Proceed');
  await expect(client.completeLifecycleAction({ ...action, LifecycleActionToken })).rejects.toMatchObject({
    name: 'ValidationError',
  });
  const first = await client.describeAutoScalingGroups({ MaxRecords: 1 });
  const second = await client.describeAutoScalingGroups({ MaxRecords: 1, NextToken: first.NextToken });
  expect(second.AutoScalingGroups?.[0]?.AutoScalingGroupName).toBe('other');
});
