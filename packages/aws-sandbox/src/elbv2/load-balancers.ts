import { ec2StateAt } from '../ec2/access.js';
import { addInterface, freeInterface } from '../ec2/interface-life.js';
import { publicAddress } from '../ec2/public-addresses.js';
import type { Ec2Context } from '../ec2/operation.js';
import type { Subnet } from '../ec2/state.js';
import { zoneIdOf } from '../ec2/zones.js';
import { ApiError } from '../errors.js';
import {
  type LoadBalancingContext,
  type LoadBalancingOperations,
  type LoadBalancingOutput,
  arnOf,
  checkName,
  pageOf,
} from './operation.js';
import type { LoadBalancer, LoadBalancerType } from './state.js';
import { readElbTags, setElbTags } from './tags.js';

const KINDS: Readonly<Record<LoadBalancerType, string>> = {
  application: 'app',
  network: 'net',
  gateway: 'gwy',
};

export const loadBalancerOperations: LoadBalancingOperations<
  | 'CreateLoadBalancer'
  | 'DeleteLoadBalancer'
  | 'DescribeLoadBalancers'
  | 'DescribeLoadBalancerAttributes'
  | 'ModifyLoadBalancerAttributes'
> = {
  CreateLoadBalancer: {
    access: 'write',
    accepts: [
      'Name',
      'Subnets',
      'SubnetMappings',
      'SecurityGroups',
      'Scheme',
      'Tags',
      'Type',
      'IpAddressType',
    ],
    run: (context, input) => {
      const { state, world } = context;
      const { quotas, delays } = world.settings;
      const name = input.Name ?? '';
      const type = input.Type ?? 'application';
      const scheme = input.Scheme ?? 'internet-facing';
      checkName('load balancer', name);
      if (name.startsWith('internal-')) {
        throw new ApiError(
          'ValidationError',
          `The load balancer name '${name}' cannot begin with 'internal-'`,
        );
      }
      if (
        input.SubnetMappings?.some(
          (mapping) => mapping.AllocationId !== undefined || mapping.PrivateIPv4Address !== undefined,
        )
      ) {
        throw new ApiError(
          'UnsupportedOperation',
          'This simulation knows only the SubnetId of SubnetMappings.',
        );
      }
      const subnetIds = [
        ...(input.Subnets ?? []),
        ...(input.SubnetMappings ?? []).map((mapping) => mapping.SubnetId ?? ''),
      ];
      const subnets = checkSubnets(context, subnetIds, type);
      const same = Object.values(state.loadBalancers).find((balancer) => balancer.name === name);
      const tags = readElbTags(input.Tags);
      if (same) {
        const isSame = same.type === type && same.scheme === scheme && sameSet(same.subnetIds, subnetIds);
        if (!isSame) {
          throw new ApiError(
            'DuplicateLoadBalancerName',
            `A load balancer with the same name '${name}' exists, but with different settings`,
          );
        }
        context.willChange();
        return { LoadBalancers: [viewLoadBalancer(context, same)] };
      }
      const ofType = Object.values(state.loadBalancers).filter((balancer) => balancer.type === type).length;
      const limit = type === 'network' ? quotas.networkLoadBalancersPerRegion : quotas.loadBalancersPerRegion;
      if (ofType >= limit)
        throw new ApiError('TooManyLoadBalancers', `The maximum number of load balancers has been reached`);
      context.willChange();
      const suffix = `${KINDS[type]}/${name}/${world.random.hex(16)}`;
      const balancer: LoadBalancer = {
        arn: arnOf(context, `loadbalancer/${suffix}`),
        name,
        type,
        scheme,
        vpcId: subnets[0]?.vpcId ?? '',
        subnetIds,
        securityGroupIds: input.SecurityGroups ?? [],
        ipAddressType: input.IpAddressType ?? 'ipv4',
        createdAtMs: context.nowMs,
        activeAtMs: context.nowMs + delays.loadBalancerMs,
        networkInterfaceIds: subnets.map((subnet) =>
          addBalancerInterface(
            context,
            subnet,
            type,
            suffix,
            type !== 'gateway' && scheme === 'internet-facing',
          ),
        ),
        attributes: {
          'deletion_protection.enabled': 'false',
          'load_balancing.cross_zone.enabled': String(type === 'application'),
        },
      };
      state.loadBalancers[balancer.arn] = balancer;
      setElbTags(state, balancer.arn, tags);
      return { LoadBalancers: [viewLoadBalancer(context, balancer)] };
    },
  },
  DeleteLoadBalancer: {
    access: 'write',
    accepts: ['LoadBalancerArn'],
    resources: ['LoadBalancerArn'],
    run: (context, input) => {
      const { state } = context;
      const balancer = state.loadBalancers[input.LoadBalancerArn ?? ''];
      if (balancer?.attributes['deletion_protection.enabled'] === 'true') {
        throw new ApiError(
          'OperationNotPermitted',
          `Load balancer '${balancer.arn}' cannot be deleted because deletion protection is enabled`,
        );
      }
      const ec2 = ec2StateAt(context, context);
      const serves = Object.values(ec2.endpointServices).some(
        (service) =>
          balancer &&
          [...service.gatewayLoadBalancerArns, ...service.networkLoadBalancerArns].includes(balancer.arn),
      );
      if (serves) {
        throw new ApiError(
          'ResourceInUse',
          `Load balancer '${balancer?.arn ?? ''}' cannot be deleted because it is currently associated with another service`,
        );
      }
      context.willChange();
      // Deleting what is not there succeeds.
      if (!balancer) return {};
      for (const id of balancer.networkInterfaceIds) freeInterface(ec2, id, context.nowMs);
      for (const listener of Object.values(state.listeners)) {
        if (listener.loadBalancerArn !== balancer.arn) continue;
        Reflect.deleteProperty(state.listeners, listener.arn);
        Reflect.deleteProperty(state.tags, listener.arn);
      }
      Reflect.deleteProperty(state.loadBalancers, balancer.arn);
      Reflect.deleteProperty(state.tags, balancer.arn);
      return {};
    },
  },
  DescribeLoadBalancers: {
    access: 'read',
    accepts: ['LoadBalancerArns', 'Names', 'Marker', 'PageSize'],
    run: (context, input) => {
      const { LoadBalancerArns: arns = [], Names: names = [] } = input;
      const all = Object.values(context.state.loadBalancers);
      for (const arn of arns) needLoadBalancer(context, arn);
      const missing = names.filter((name) => !all.some((balancer) => balancer.name === name));
      if (missing.length > 0) {
        throw new ApiError('LoadBalancerNotFound', `Load balancers '[${missing.join(', ')}]' not found`);
      }
      const chosen = all.filter(
        (balancer) =>
          (arns.length === 0 || arns.includes(balancer.arn)) &&
          (names.length === 0 || names.includes(balancer.name)),
      );
      const page = pageOf(context, chosen, input.PageSize, input.Marker);
      return {
        LoadBalancers: page.items.map((balancer) => viewLoadBalancer(context, balancer)),
        NextMarker: page.nextMarker,
      };
    },
  },
  DescribeLoadBalancerAttributes: {
    access: 'read',
    accepts: ['LoadBalancerArn'],
    run: (context, input) => ({
      Attributes: viewAttributes(needLoadBalancer(context, input.LoadBalancerArn ?? '').attributes),
    }),
  },
  ModifyLoadBalancerAttributes: {
    access: 'write',
    accepts: ['LoadBalancerArn', 'Attributes'],
    resources: ['LoadBalancerArn'],
    run: (context, input) => {
      const balancer = needLoadBalancer(context, input.LoadBalancerArn ?? '');
      for (const { Key: key = '' } of input.Attributes ?? []) {
        if (!/^[\w.]+$/.test(key))
          throw new ApiError('ValidationError', `Load balancer attribute key '${key}' is not recognized`);
      }
      context.willChange();
      for (const { Key: key = '', Value: value = '' } of input.Attributes ?? [])
        balancer.attributes[key] = value;
      return { Attributes: viewAttributes(balancer.attributes) };
    },
  },
};

/** The load balancer of that ARN. */
export function needLoadBalancer(context: LoadBalancingContext, arn: string): LoadBalancer {
  if (
    !/^arn:aws[\w-]*:elasticloadbalancing:[\w-]+:\d{12}:loadbalancer\/(app|net|gwy)\/[\w-]+\/[0-9a-f]+$/.test(
      arn,
    )
  ) {
    throw new ApiError('ValidationError', `'${arn}' is not a valid load balancer ARN`);
  }
  const balancer = Object.hasOwn(context.state.loadBalancers, arn)
    ? context.state.loadBalancers[arn]
    : undefined;
  if (!balancer) throw new ApiError('LoadBalancerNotFound', `Load balancers '[${arn}]' not found`);
  return balancer;
}

/** Key and value pairs as the API has them. */
export function viewAttributes(
  attributes: Readonly<Record<string, string>>,
): { Key: string; Value: string }[] {
  return Object.entries(attributes).map(([Key, Value]) => ({ Key, Value }));
}

function checkSubnets(
  context: LoadBalancingContext,
  ids: readonly string[],
  type: LoadBalancerType,
): Subnet[] {
  const { subnets } = ec2StateAt(context, context);
  const least = type === 'application' ? 2 : 1;
  if (ids.length < least) {
    throw new ApiError(
      'ValidationError',
      `At least ${least} subnet${least > 1 ? 's' : ''} must be specified`,
    );
  }
  const found = ids.map((id) => {
    const subnet = subnets[id];
    if (!subnet) throw new ApiError('SubnetNotFound', `The subnet ID '${id}' does not exist`);
    return subnet;
  });
  if (new Set(found.map((subnet) => subnet.vpcId)).size > 1) {
    throw new ApiError('InvalidConfigurationRequest', 'All subnets must belong to the same VPC');
  }
  if (new Set(found.map((subnet) => subnet.availabilityZone)).size < found.length) {
    throw new ApiError(
      'InvalidConfigurationRequest',
      'A load balancer cannot be attached to multiple subnets in the same Availability Zone',
    );
  }
  return found;
}

function addBalancerInterface(
  context: LoadBalancingContext,
  subnet: Subnet,
  type: LoadBalancerType,
  suffix: string,
  isPublic: boolean,
): string {
  const ec2: Ec2Context = { ...context, state: ec2StateAt(context, context) };
  const eni = addInterface(ec2, {
    subnet,
    description: `ELB ${suffix}`,
    interfaceType:
      type === 'network'
        ? 'network_load_balancer'
        : type === 'gateway'
          ? 'gateway_load_balancer'
          : 'interface',
    requesterId: 'amazon-elb',
    requesterManaged: true,
    sourceDestCheck: type !== 'gateway',
    ...(type === 'application' ? {} : { groupIds: [] }),
  });
  eni.attachment = {
    id: context.world.newId('eni-attach'),
    instanceId: undefined,
    instanceOwnerId: 'amazon-elb',
    deviceIndex: 1,
    networkCardIndex: 0,
    deleteOnTermination: false,
    attachedAtMs: context.nowMs,
  };
  const primary = eni.privateIps[0];
  if (isPublic && primary) primary.publicIp = publicAddress(ec2);
  return eni.id;
}

function viewLoadBalancer(
  context: LoadBalancingContext,
  balancer: LoadBalancer,
): NonNullable<LoadBalancingOutput<'CreateLoadBalancer'>['LoadBalancers']>[number] {
  const { subnets } = ec2StateAt(context, context);
  const id = balancer.arn.split('/').at(-1) ?? '';
  const domain =
    balancer.type === 'application'
      ? `${context.region}.elb.amazonaws.com`
      : `elb.${context.region}.amazonaws.com`;
  return {
    LoadBalancerArn: balancer.arn,
    LoadBalancerName: balancer.name,
    DNSName:
      balancer.type === 'gateway'
        ? undefined
        : `${balancer.scheme === 'internal' ? 'internal-' : ''}${balancer.name}-${id}.${domain}`,
    CreatedTime: new Date(balancer.createdAtMs),
    Scheme: balancer.type === 'gateway' ? undefined : balancer.scheme,
    VpcId: balancer.vpcId,
    State: { Code: context.nowMs >= balancer.activeAtMs ? 'active' : 'provisioning' },
    Type: balancer.type,
    AvailabilityZones: balancer.subnetIds.map((SubnetId) => {
      const zone = subnets[SubnetId]?.availabilityZone ?? '';
      return { ZoneName: zone, SubnetId, LoadBalancerAddresses: [], ZoneId: zoneIdOf(zone) } as {
        ZoneName: string;
        SubnetId: string;
      };
    }),
    SecurityGroups: [...balancer.securityGroupIds],
    IpAddressType: balancer.ipAddressType as 'ipv4',
  };
}

function sameSet(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((item) => b.includes(item));
}
