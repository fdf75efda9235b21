import { ec2StateAt } from '../ec2/access.js';
import { readToken, writeToken } from '../ec2/describe.js';
import { need } from '../ec2/ids.js';
import { freeInterface } from '../ec2/interface-life.js';
import { addServiceInterface } from '../ec2/service-interfaces.js';
import { ApiError } from '../errors.js';
import type { Operation, OperationContext, ServiceDefinition } from '../service/definition.js';
import { queryProtocol } from '../wire/query-protocol.js';
import type { ClassicBalancer, ClassicState } from './state.js';
import type {
  CreateAccessPointInput,
  CreateAccessPointOutput,
  DeleteAccessPointInput,
  DeregisterEndPointsInput,
  DeregisterEndPointsOutput,
  DescribeAccessPointsInput,
  DescribeAccessPointsOutput,
  LoadBalancerDescription,
} from '@aws-sdk/client-elastic-load-balancing';

type ClassicContext = OperationContext<ClassicState>;

const createLoadBalancer: Operation<ClassicState, CreateAccessPointInput, CreateAccessPointOutput> = {
  access: 'write',
  accepts: ['LoadBalancerName', 'Listeners', 'Subnets', 'SecurityGroups', 'Scheme'],
  ignores: ['Tags'],
  resources: ['LoadBalancerName'],
  run: (context, input) => {
    const { state, world } = context;
    const name = input.LoadBalancerName ?? '';
    if (!/^[A-Za-z0-9](?:[A-Za-z0-9-]{0,30}[A-Za-z0-9])?$/.test(name)) {
      throw new ApiError(
        'ValidationError',
        'LoadBalancer name must contain only alphanumeric characters or hyphens',
      );
    }
    if (Object.hasOwn(state.balancers, name)) {
      throw new ApiError('DuplicateLoadBalancerName', `Load Balancer '${name}' already exists`);
    }
    if (!input.Listeners?.length) throw new ApiError('ValidationError', 'Listeners must not be empty');
    const ec2 = ec2StateAt(context, context);
    const subnets = (input.Subnets ?? []).map((id) => need(ec2.subnets, 'subnet', id));
    if (subnets.length === 0 || new Set(subnets.map((subnet) => subnet.vpcId)).size > 1) {
      throw new ApiError('ValidationError', 'Subnets of one VPC must be specified');
    }
    const groupIds = (input.SecurityGroups ?? []).map(
      (id) => need(ec2.securityGroups, 'securityGroup', id).id,
    );
    context.willChange();
    const scheme = input.Scheme === 'internal' ? 'internal' : 'internet-facing';
    const prefix = scheme === 'internal' ? 'internal-' : '';
    const number = 1_000_000_000 + world.random.below(1_000_000_000);
    state.balancers[name] = {
      name,
      dnsName: `${prefix}${name}-${number}.${context.region}.elb.amazonaws.com`,
      scheme,
      vpcId: subnets[0]?.vpcId ?? '',
      subnetIds: subnets.map((subnet) => subnet.id),
      zones: subnets.map((subnet) => subnet.availabilityZone),
      groupIds,
      createdAtMs: context.nowMs,
      networkInterfaceIds: subnets.map((subnet) =>
        addServiceInterface(context, {
          subnet,
          description: `ELB ${name}`,
          requesterId: 'amazon-elb',
          groupIds: groupIds.length > 0 ? groupIds : undefined,
          isPublic: scheme === 'internet-facing',
        }),
      ),
      listeners: input.Listeners.map((listener) => ({
        protocol: listener.Protocol ?? 'TCP',
        port: listener.LoadBalancerPort ?? 0,
        instanceProtocol: listener.InstanceProtocol ?? listener.Protocol ?? 'TCP',
        instancePort: listener.InstancePort ?? 0,
        certificateId: listener.SSLCertificateId,
      })),
      instanceIds: [],
    };
    return { DNSName: state.balancers[name].dnsName };
  },
};

const deleteLoadBalancer: Operation<ClassicState, DeleteAccessPointInput> = {
  access: 'write',
  accepts: ['LoadBalancerName'],
  resources: ['LoadBalancerName'],
  run: (context, input) => {
    const name = input.LoadBalancerName ?? '';
    const balancer = Object.hasOwn(context.state.balancers, name) ? context.state.balancers[name] : undefined;
    context.willChange();
    // Deleting what is not there succeeds.
    if (!balancer) return {};
    const ec2 = ec2StateAt(context, context);
    for (const id of balancer.networkInterfaceIds) freeInterface(ec2, id, context.nowMs);
    // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- the state is a record of names
    delete context.state.balancers[name];
    return {};
  },
};

const describeLoadBalancers: Operation<ClassicState, DescribeAccessPointsInput, DescribeAccessPointsOutput> =
  {
    access: 'read',
    accepts: ['LoadBalancerNames', 'Marker', 'PageSize'],
    run: (context, input) => {
      const { balancers } = context.state;
      const names = input.LoadBalancerNames ?? [];
      const found =
        names.length > 0 ? names.map((name) => needBalancer(context, name)) : Object.values(balancers);
      const size = input.PageSize ?? 400;
      if (size < 1 || size > 400) {
        throw new ApiError('ValidationError', `Value '${size}' at 'pageSize' must be between 1 and 400`);
      }
      const start = input.Marker === undefined ? 0 : readToken(input.Marker);
      const end = start + Math.min(size, context.pageLimit ?? size);
      return {
        LoadBalancerDescriptions: found.slice(start, end).map((balancer) => view(context, balancer)),
        NextMarker: end < found.length ? writeToken(end) : undefined,
      };
    },
  };

const registerInstances: Operation<ClassicState, DeregisterEndPointsInput, DeregisterEndPointsOutput> = {
  access: 'write',
  accepts: ['LoadBalancerName', 'Instances'],
  resources: ['LoadBalancerName'],
  run: (context, input) => {
    const balancer = needBalancer(context, input.LoadBalancerName ?? '');
    const { instances } = ec2StateAt(context, context);
    const ids = (input.Instances ?? []).map((one) => need(instances, 'instance', one.InstanceId ?? '').id);
    context.willChange();
    balancer.instanceIds = [...new Set([...balancer.instanceIds, ...ids])];
    return { Instances: balancer.instanceIds.map((InstanceId) => ({ InstanceId })) };
  },
};

const deregisterInstances: Operation<ClassicState, DeregisterEndPointsInput, DeregisterEndPointsOutput> = {
  access: 'write',
  accepts: ['LoadBalancerName', 'Instances'],
  resources: ['LoadBalancerName'],
  run: (context, input) => {
    const balancer = needBalancer(context, input.LoadBalancerName ?? '');
    const gone = new Set((input.Instances ?? []).map((one) => one.InstanceId));
    context.willChange();
    balancer.instanceIds = balancer.instanceIds.filter((id) => !gone.has(id));
    return { Instances: balancer.instanceIds.map((InstanceId) => ({ InstanceId })) };
  },
};

/** Elastic Load Balancing, API version 2012-06-01: Classic Load Balancers in VPCs. */
export const classicLoadBalancingService: ServiceDefinition<ClassicState> = {
  id: 'elb',
  signingNames: ['elasticloadbalancing'],
  versions: ['2012-06-01'],
  iamPrefix: 'elasticloadbalancing',
  protocol: queryProtocol({ xmlNamespace: 'http://elasticloadbalancing.amazonaws.com/doc/2012-06-01/' }),
  scope: 'region',
  loadSchemas: () => import('@aws-sdk/client-elastic-load-balancing'),
  operations: {
    CreateLoadBalancer: createLoadBalancer,
    DeleteLoadBalancer: deleteLoadBalancer,
    DeregisterInstancesFromLoadBalancer: deregisterInstances,
    DescribeLoadBalancers: describeLoadBalancers,
    RegisterInstancesWithLoadBalancer: registerInstances,
  },
  initialState: () => ({ balancers: {} }),
  resourceArn: (name, { region, accountId }) =>
    `arn:aws:elasticloadbalancing:${region}:${accountId}:loadbalancer/${name}`,
};

function needBalancer(context: ClassicContext, name: string): ClassicBalancer {
  const { balancers } = context.state;
  const balancer = Object.hasOwn(balancers, name) ? balancers[name] : undefined;
  if (!balancer)
    throw new ApiError('LoadBalancerNotFound', `There is no ACTIVE Load Balancer named '${name}'`);
  return balancer;
}

function view(context: ClassicContext, balancer: ClassicBalancer): LoadBalancerDescription {
  return {
    LoadBalancerName: balancer.name,
    DNSName: balancer.dnsName,
    CanonicalHostedZoneName: balancer.dnsName,
    Scheme: balancer.scheme,
    VPCId: balancer.vpcId,
    Subnets: [...balancer.subnetIds],
    AvailabilityZones: [...balancer.zones],
    SecurityGroups: [...balancer.groupIds],
    SourceSecurityGroup: { OwnerAlias: context.accountId },
    CreatedTime: new Date(balancer.createdAtMs),
    Instances: balancer.instanceIds.map((InstanceId) => ({ InstanceId })),
    ListenerDescriptions: balancer.listeners.map((listener) => ({
      PolicyNames: [],
      Listener: {
        Protocol: listener.protocol,
        LoadBalancerPort: listener.port,
        InstanceProtocol: listener.instanceProtocol,
        InstancePort: listener.instancePort,
        SSLCertificateId: listener.certificateId,
      },
    })),
  };
}
