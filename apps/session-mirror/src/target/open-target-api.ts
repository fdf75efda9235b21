import {
  type CallRecorder,
  type Session,
  allItems,
  categorize,
  createClient,
  isResourceId,
  toAwsError,
} from '@net/aws-core';
import { type LoadBalancer, type TargetApi, VXLAN_PORT } from './target-api.js';

/** Both APIs of a session, by the SDK, which is loaded here and not before. */
export async function openTargetApi(
  session: Session,
  { recorder }: { readonly recorder?: CallRecorder | undefined } = {},
): Promise<TargetApi> {
  const [ec2Sdk, elbSdk] = await Promise.all([
    import('@aws-sdk/client-ec2'),
    import('@aws-sdk/client-elastic-load-balancing-v2'),
  ]);
  const ec2 = await createClient(session, ec2Sdk.EC2Client);
  // All of these come to the same when they are done twice: names are unique.
  const elb = await createClient(session, elbSdk.ElasticLoadBalancingV2Client, {
    repeatable: ['CreateLoadBalancer', 'CreateTargetGroup', 'CreateListener', 'RegisterTargets'],
  });
  recorder?.watch(ec2, { region: session.region });
  recorder?.watch(elb, { region: session.region });

  const call = async <T>(action: string, work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      throw toAwsError(error, { action });
    }
  };
  const ifThere = async <T>(action: string, work: () => Promise<T | undefined>): Promise<T | undefined> => {
    try {
      return await call(action, work);
    } catch (error) {
      if (categorize(error).category === 'not-found') return undefined;
      throw error;
    }
  };
  const abortable = (signal: AbortSignal | undefined): { abortSignal?: AbortSignal } =>
    signal === undefined ? {} : { abortSignal: signal };

  return {
    vpcOf: async (id, signal) => {
      if (isResourceId('network-interface', id)) {
        return await ifThere('ec2:DescribeNetworkInterfaces', async () => {
          const command = new ec2Sdk.DescribeNetworkInterfacesCommand({ NetworkInterfaceIds: [id] });
          return (await ec2.send(command, abortable(signal))).NetworkInterfaces?.[0]?.VpcId;
        });
      }
      return await ifThere('ec2:DescribeVpcEndpoints', async () => {
        const command = new ec2Sdk.DescribeVpcEndpointsCommand({ VpcEndpointIds: [id] });
        return (await ec2.send(command, abortable(signal))).VpcEndpoints?.[0]?.VpcId;
      });
    },
    subnets: (vpcId, signal) =>
      call('ec2:DescribeSubnets', async () => {
        const Filters = [{ Name: 'vpc-id', Values: [vpcId] }];
        const found = await allItems(
          ec2Sdk.paginateDescribeSubnets,
          ec2,
          { Filters },
          ({ Subnets }) => Subnets,
          { signal },
        );
        return found.map(({ SubnetId, AvailabilityZone }) => ({
          id: SubnetId ?? '',
          zone: AvailabilityZone ?? '',
        }));
      }),
    peeredWith: (vpcId, signal) =>
      call('ec2:DescribeVpcPeeringConnections', async () => {
        const Filters = [{ Name: 'status-code', Values: ['active'] }];
        const found = await allItems(
          ec2Sdk.paginateDescribeVpcPeeringConnections,
          ec2,
          { Filters },
          ({ VpcPeeringConnections }) => VpcPeeringConnections,
          { signal },
        );
        return found.flatMap(({ RequesterVpcInfo, AccepterVpcInfo }) => {
          const ends = [RequesterVpcInfo?.VpcId, AccepterVpcInfo?.VpcId];
          return ends.includes(vpcId)
            ? ends.filter((end): end is string => end !== undefined && end !== vpcId)
            : [];
        });
      }),
    loadBalancer: (nameOrArn, signal) =>
      ifThere('elasticloadbalancing:DescribeLoadBalancers', async (): Promise<LoadBalancer | undefined> => {
        const which = nameOrArn.startsWith('arn:')
          ? { LoadBalancerArns: [nameOrArn] }
          : { Names: [nameOrArn] };
        const command = new elbSdk.DescribeLoadBalancersCommand(which);
        const found = (await elb.send(command, abortable(signal))).LoadBalancers?.[0];
        if (found?.LoadBalancerArn === undefined) return undefined;
        return {
          arn: found.LoadBalancerArn,
          name: found.LoadBalancerName ?? '',
          state: found.State?.Code ?? 'unknown',
          vpcId: found.VpcId ?? '',
          scheme: found.Scheme ?? 'internal',
        };
      }),
    listeners: (balancerArn, signal) =>
      call('elasticloadbalancing:DescribeListeners', async () => {
        const found = await allItems(
          elbSdk.paginateDescribeListeners,
          elb,
          { LoadBalancerArn: balancerArn },
          ({ Listeners }) => Listeners,
          { signal },
        );
        return found.map(({ ListenerArn, Protocol, Port, DefaultActions }) => ({
          arn: ListenerArn ?? '',
          protocol: Protocol ?? '',
          port: Port ?? 0,
          targetGroupArns: (DefaultActions ?? []).flatMap(({ TargetGroupArn }) =>
            TargetGroupArn === undefined ? [] : [TargetGroupArn],
          ),
        }));
      }),
    targetGroup: (name, signal) =>
      ifThere('elasticloadbalancing:DescribeTargetGroups', async () => {
        const command = new elbSdk.DescribeTargetGroupsCommand({ Names: [name] });
        const found = (await elb.send(command, abortable(signal))).TargetGroups?.[0];
        if (found?.TargetGroupArn === undefined) return undefined;
        return {
          arn: found.TargetGroupArn,
          protocol: found.Protocol ?? '',
          port: found.Port ?? 0,
          vpcId: found.VpcId ?? '',
        };
      }),
    registered: (groupArn, signal) =>
      call('elasticloadbalancing:DescribeTargetHealth', async () => {
        const command = new elbSdk.DescribeTargetHealthCommand({ TargetGroupArn: groupArn });
        const found = (await elb.send(command, abortable(signal))).TargetHealthDescriptions ?? [];
        return found.flatMap(({ Target }) => (Target?.Id === undefined ? [] : [Target.Id]));
      }),
    createLoadBalancer: (name, subnetIds) =>
      call('elasticloadbalancing:CreateLoadBalancer', async () => {
        const command = new elbSdk.CreateLoadBalancerCommand({
          Name: name,
          Type: 'network',
          Scheme: 'internal',
          Subnets: [...subnetIds],
        });
        return (await elb.send(command)).LoadBalancers?.[0]?.LoadBalancerArn ?? '';
      }),
    createTargetGroup: (name, vpcId, { protocol, port }) =>
      call('elasticloadbalancing:CreateTargetGroup', async () => {
        const command = new elbSdk.CreateTargetGroupCommand({
          Name: name,
          Protocol: 'UDP',
          Port: VXLAN_PORT,
          VpcId: vpcId,
          TargetType: 'instance',
          HealthCheckProtocol: protocol,
          HealthCheckPort: String(port),
        });
        return (await elb.send(command)).TargetGroups?.[0]?.TargetGroupArn ?? '';
      }),
    registerTargets: (groupArn, instanceIds) =>
      call('elasticloadbalancing:RegisterTargets', async () => {
        const Targets = instanceIds.map((Id) => ({ Id }));
        await elb.send(new elbSdk.RegisterTargetsCommand({ TargetGroupArn: groupArn, Targets }));
      }),
    createListener: (balancerArn, groupArn) =>
      call('elasticloadbalancing:CreateListener', async () => {
        const command = new elbSdk.CreateListenerCommand({
          LoadBalancerArn: balancerArn,
          Protocol: 'UDP',
          Port: VXLAN_PORT,
          DefaultActions: [{ Type: 'forward', TargetGroupArn: groupArn }],
        });
        return (await elb.send(command)).Listeners?.[0]?.ListenerArn ?? '';
      }),
    deleteLoadBalancer: (arn) =>
      call('elasticloadbalancing:DeleteLoadBalancer', async () => {
        await elb.send(new elbSdk.DeleteLoadBalancerCommand({ LoadBalancerArn: arn }));
      }),
    deleteTargetGroup: (arn) =>
      call('elasticloadbalancing:DeleteTargetGroup', async () => {
        await elb.send(new elbSdk.DeleteTargetGroupCommand({ TargetGroupArn: arn }));
      }),
    close: () => {
      ec2.destroy();
      elb.destroy();
    },
  };
}
