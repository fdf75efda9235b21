import { ApiError } from '../errors.js';
import { ec2StateAt } from './access.js';
import { type FilterTable, list } from './describe.js';
import { checkId, need } from './ids.js';
import { addInterface, rehearsalOf } from './interface-life.js';
import type { Ec2Context, Ec2Operations, InputOf, OutputOf } from './operation.js';
import { checkGroups, checkInterfaceQuota } from './network-interfaces.js';
import { schedule } from './settle.js';
import type { Endpoint, EndpointService, PrefixList } from './state.js';
import { setTags, specifiedTags, tagsOf } from './tags.js';

const endpointFilters: FilterTable<Endpoint> = {
  'service-name': (endpoint) => endpoint.serviceName,
  'vpc-endpoint-id': (endpoint) => endpoint.id,
  'vpc-endpoint-state': (endpoint) => endpoint.state,
  'vpc-endpoint-type': (endpoint) => endpoint.type,
  'vpc-id': (endpoint) => endpoint.vpcId,
};

export const endpointOperations: Ec2Operations<
  'CreateVpcEndpoint' | 'ModifyVpcEndpoint' | 'DeleteVpcEndpoints' | 'DescribeVpcEndpoints'
> = {
  CreateVpcEndpoint: {
    access: 'write',
    accepts: [
      'VpcEndpointType',
      'VpcId',
      'ServiceName',
      'RouteTableIds',
      'SubnetIds',
      'SecurityGroupIds',
      'PrivateDnsEnabled',
      'TagSpecifications',
    ],
    ignores: ['PolicyDocument', 'IpAddressType', 'DnsOptions'],
    resources: ['VpcId', 'RouteTableIds', 'SubnetIds', 'SecurityGroupIds'],
    run: (context, input) => {
      const { state, world } = context;
      const vpc = need(state.vpcs, 'vpc', input.VpcId ?? '');
      const type = input.VpcEndpointType ?? 'Gateway';
      if (type !== 'Gateway' && type !== 'Interface' && type !== 'GatewayLoadBalancer') {
        throw new ApiError(
          'UnsupportedOperation',
          `This simulation does not know endpoints of type ${type}.`,
        );
      }
      const serviceName = input.ServiceName ?? '';
      checkService(context, type, serviceName);
      const count = Object.values(state.endpoints).filter((other) => other.vpcId === vpc.id).length;
      if (count >= world.settings.quotas.endpointsPerVpc) {
        throw new ApiError(
          'VpcEndpointLimitExceeded',
          'The maximum number of VPC endpoints has been reached.',
        );
      }
      const plan =
        type === 'Gateway'
          ? checkTables(context, vpc.id, serviceName, input)
          : checkSubnets(context, vpc.id, type, input);
      const tags = specifiedTags(context, input.TagSpecifications, 'vpc-endpoint');
      context.willChange();
      const endpoint: Endpoint = {
        id: world.newId('vpce'),
        type,
        vpcId: vpc.id,
        serviceName,
        state: type === 'Gateway' ? 'available' : 'pending',
        createdAtMs: context.nowMs,
        subnetIds: plan.subnetIds,
        routeTableIds: plan.routeTableIds,
        networkInterfaceIds: [],
        groupIds: input.SecurityGroupIds ?? [],
        privateDnsEnabled: input.PrivateDnsEnabled ?? type === 'Interface',
      };
      state.endpoints[endpoint.id] = endpoint;
      addEndpointInterfaces(context, endpoint);
      if (type === 'Gateway') addGatewayRoutes(context, endpoint, endpoint.routeTableIds);
      setTags(state, endpoint.id, tags);
      if (type !== 'Gateway') {
        schedule(state, {
          atMs: context.nowMs + world.settings.delays.gatewayMs,
          kind: 'endpoint',
          id: endpoint.id,
          to: 'available',
        });
      }
      return { VpcEndpoint: viewEndpoint(context, endpoint), ClientToken: input.ClientToken };
    },
  },
  ModifyVpcEndpoint: {
    access: 'write',
    accepts: ['VpcEndpointId', 'AddRouteTableIds', 'RemoveRouteTableIds'],
    ignores: ['PolicyDocument', 'ResetPolicy'],
    resources: ['VpcEndpointId'],
    run: (context, input) => {
      const { state } = context;
      const endpoint = need(state.endpoints, 'endpoint', input.VpcEndpointId ?? '');
      if (endpoint.type !== 'Gateway') {
        throw new ApiError(
          'InvalidParameter',
          `Only gateway endpoints have route tables; ${endpoint.id} is of type ${endpoint.type}.`,
        );
      }
      const added = (input.AddRouteTableIds ?? []).map((id) => need(state.routeTables, 'routeTable', id).id);
      context.willChange();
      removeGatewayRoutes(context, endpoint, input.RemoveRouteTableIds ?? []);
      const isNew = (id: string): boolean => !endpoint.routeTableIds.includes(id);
      addGatewayRoutes(context, endpoint, added.filter(isNew));
      endpoint.routeTableIds = [
        ...endpoint.routeTableIds.filter((id) => !input.RemoveRouteTableIds?.includes(id)),
        ...added.filter(isNew),
      ];
      return { Return: true };
    },
  },
  DeleteVpcEndpoints: {
    access: 'write',
    accepts: ['VpcEndpointIds'],
    resources: ['VpcEndpointIds'],
    run: (context, input) => {
      const { state, world } = context;
      const ids = input.VpcEndpointIds ?? [];
      for (const id of ids) checkId('endpoint', id);
      const missing = ids.filter((id) => !Object.hasOwn(state.endpoints, id));
      const found = ids.flatMap((id) => state.endpoints[id] ?? []);
      context.willChange();
      for (const endpoint of found) {
        endpoint.state = 'deleting';
        if (endpoint.type === 'Gateway') removeGatewayRoutes(context, endpoint, endpoint.routeTableIds);
        schedule(state, {
          atMs: context.nowMs + world.settings.delays.gatewayMs,
          kind: 'endpoint',
          id: endpoint.id,
          to: 'gone',
        });
      }
      return {
        Unsuccessful: missing.map((id) => ({
          ResourceId: id,
          Error: {
            Code: 'InvalidVpcEndpoint.NotFound',
            Message: `The Vpc Endpoint Id '${id}' does not exist`,
          },
        })),
      };
    },
  },
  DescribeVpcEndpoints: {
    access: 'read',
    accepts: ['VpcEndpointIds', 'Filters', 'MaxResults', 'NextToken'],
    run: (context, input) => {
      const page = list(context, {
        kind: 'endpoint',
        records: context.state.endpoints,
        ids: input.VpcEndpointIds,
        filters: input.Filters,
        table: endpointFilters,
        maxResults: input.MaxResults,
        nextToken: input.NextToken,
        page: { min: 1, max: 1000, lenient: true },
        idOf: (endpoint) => endpoint.id,
      });
      return {
        VpcEndpoints: page.items.map((endpoint) => viewEndpoint(context, endpoint)),
        NextToken: page.nextToken,
      };
    },
  },
};

/** The service of that name, of any account: endpoint services can be shared. */
export function findEndpointService(context: Ec2Context, name: string): EndpointService | undefined {
  const inRegion = context.world.locations('ec2').filter((location) => location.region === context.region);
  for (const location of inRegion) {
    const state = ec2StateAt(context, location);
    const service = Object.values(state.endpointServices).find((candidate) => candidate.name === name);
    if (service) return service;
  }
  return undefined;
}

function checkService(context: Ec2Context, type: Endpoint['type'], name: string): void {
  const aws = new RegExp(`^com\\.amazonaws\\.${context.region}\\.[a-z0-9.-]+$`);
  const own = findEndpointService(context, name);
  const isGatewayService = /\.(s3|dynamodb)$/.test(name);
  const exists = own !== undefined || (aws.test(name) && (type !== 'Gateway' || isGatewayService));
  if (!exists) throw new ApiError('InvalidServiceName', `The Vpc Endpoint Service '${name}' does not exist`);
  const isLoadBalancerService = own !== undefined && own.gatewayLoadBalancerArns.length > 0;
  if ((type === 'GatewayLoadBalancer') !== isLoadBalancerService) {
    throw new ApiError('InvalidParameter', `Endpoint type (${type}) does not match available service types.`);
  }
}

interface EndpointPlan {
  readonly routeTableIds: string[];
  readonly subnetIds: string[];
}

function checkTables(
  context: Ec2Context,
  vpcId: string,
  serviceName: string,
  input: InputOf<'CreateVpcEndpoint'>,
): EndpointPlan {
  const ids = [...new Set(input.RouteTableIds)];
  for (const id of ids) {
    const table = need(context.state.routeTables, 'routeTable', id);
    if (table.vpcId !== vpcId)
      throw new ApiError('InvalidParameter', `Route table ${id} does not belong to ${vpcId}.`);
    const taken = Object.values(context.state.endpoints).some(
      (other) =>
        other.serviceName === serviceName && other.routeTableIds.includes(id) && other.state !== 'deleting',
    );
    if (taken)
      throw new ApiError(
        'RouteAlreadyExists',
        `route table ${id} already has a route with destination-prefix-list-id of ${serviceName}`,
      );
  }
  return { routeTableIds: ids, subnetIds: [] };
}

function checkSubnets(
  context: Ec2Context,
  vpcId: string,
  type: Endpoint['type'],
  input: InputOf<'CreateVpcEndpoint'>,
): EndpointPlan {
  const ids = [...new Set(input.SubnetIds)];
  if (type === 'GatewayLoadBalancer' && ids.length !== 1) {
    throw new ApiError('InvalidParameter', 'A Gateway Load Balancer endpoint is in exactly one subnet.');
  }
  for (const id of ids) {
    const subnet = need(context.state.subnets, 'subnet', id);
    if (subnet.vpcId !== vpcId)
      throw new ApiError('InvalidParameter', `Subnet ${id} does not belong to ${vpcId}.`);
    addInterface(
      { ...context, state: { ...context.state, networkInterfaces: {} } },
      { subnet: rehearsalOf(subnet), groupIds: [] },
    );
  }
  checkGroups(context, input.SecurityGroupIds, vpcId);
  checkInterfaceQuota(context, ids.length);
  return { routeTableIds: [], subnetIds: ids };
}

function addEndpointInterfaces(context: Ec2Context, endpoint: Endpoint): void {
  const isBalancer = endpoint.type === 'GatewayLoadBalancer';
  for (const subnetId of endpoint.subnetIds) {
    const eni = addInterface(context, {
      subnet: need(context.state.subnets, 'subnet', subnetId),
      description: `VPC Endpoint Interface ${endpoint.id}`,
      interfaceType: isBalancer ? 'gateway_load_balancer_endpoint' : 'vpc_endpoint',
      requesterId: 'amazon-aws',
      requesterManaged: true,
      sourceDestCheck: !isBalancer,
      groupIds: isBalancer ? [] : endpoint.groupIds.length > 0 ? endpoint.groupIds : undefined,
    });
    eni.attachment = {
      id: context.world.newId('eni-attach'),
      instanceId: undefined,
      instanceOwnerId: 'amazon-aws',
      deviceIndex: 1,
      networkCardIndex: 0,
      deleteOnTermination: false,
      attachedAtMs: context.nowMs,
    };
    endpoint.networkInterfaceIds.push(eni.id);
  }
}

// The service's AWS-managed prefix list becomes a destination with GatewayId vpce-... in each table.
function addGatewayRoutes(context: Ec2Context, endpoint: Endpoint, routeTableIds: readonly string[]): void {
  const prefixList = managedPrefixList(context, endpoint.serviceName);
  for (const id of routeTableIds) {
    context.state.routeTables[id]?.routes.push({
      destination: { kind: 'prefix-list', value: prefixList.id },
      target: { kind: 'gateway', id: endpoint.id },
      origin: 'CreateRoute',
    });
  }
}

function removeGatewayRoutes(
  context: Ec2Context,
  endpoint: Endpoint,
  routeTableIds: readonly string[],
): void {
  for (const id of routeTableIds) {
    const table = context.state.routeTables[id];
    if (!table) continue;
    table.routes = table.routes.filter(
      (route) =>
        route.target.kind !== 'gateway' ||
        route.target.id !== endpoint.id ||
        route.destination.kind !== 'prefix-list',
    );
  }
}

function managedPrefixList(context: Ec2Context, serviceName: string): PrefixList {
  const { state, world } = context;
  const known = Object.values(state.prefixLists).find((prefixList) => prefixList.name === serviceName);
  if (known) return known;
  const made: PrefixList = {
    id: world.newId('pl'),
    name: serviceName,
    ownerId: 'AWS',
    addressFamily: 'IPv4',
    maxEntries: 1,
    version: 1,
    entries: [{ cidr: '198.51.100.0/24' }],
  };
  state.prefixLists[made.id] = made;
  return made;
}

function viewEndpoint(
  context: Ec2Context,
  endpoint: Endpoint,
): NonNullable<OutputOf<'CreateVpcEndpoint'>['VpcEndpoint']> {
  return {
    VpcEndpointId: endpoint.id,
    VpcEndpointType: endpoint.type,
    VpcId: endpoint.vpcId,
    OwnerId: context.accountId,
    ServiceName: endpoint.serviceName,
    // The service says `available` where the model's enumeration has `Available`.
    State: endpoint.state as 'Available',
    RouteTableIds: endpoint.routeTableIds,
    SubnetIds: [...endpoint.subnetIds],
    NetworkInterfaceIds: endpoint.networkInterfaceIds,
    Groups: endpoint.groupIds.map((GroupId) => ({
      GroupId,
      GroupName: context.state.securityGroups[GroupId]?.name,
    })),
    PrivateDnsEnabled: endpoint.privateDnsEnabled,
    RequesterManaged: false,
    CreationTimestamp: new Date(endpoint.createdAtMs),
    Tags: tagsOf(context.state, endpoint.id),
  };
}
