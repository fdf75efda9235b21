import { ApiError } from '../errors.js';

/** How a kind of resource is named and missed. */
export interface ResourceKind {
  readonly prefix: string;
  readonly noun: string;
  readonly notFound: string;
  readonly malformed: string;
  /** Resource type in tags and ARNs. */
  readonly type: string;
}

/** Kinds of EC2 resources that have ids. */
export type ResourceKindName =
  | 'vpc'
  | 'subnet'
  | 'routeTable'
  | 'internetGateway'
  | 'vpnGateway'
  | 'egressOnlyGateway'
  | 'carrierGateway'
  | 'localGateway'
  | 'natGateway'
  | 'transitGateway'
  | 'transitGatewayAttachment'
  | 'endpoint'
  | 'endpointService'
  | 'peering'
  | 'prefixList'
  | 'securityGroup'
  | 'securityGroupRule'
  | 'instance'
  | 'networkInterface'
  | 'interfaceAttachment'
  | 'address'
  | 'mirrorTarget'
  | 'mirrorFilter'
  | 'mirrorRule'
  | 'mirrorSession'
  | 'flowLog';

/** Codes as in "Error codes for the Amazon EC2 API" (EC2 API Reference); the spelling of ID and Id is AWS's. */
export const resourceKinds: Readonly<Record<ResourceKindName, ResourceKind>> = {
  vpc: kind('vpc', 'vpc ID', 'InvalidVpcID.NotFound', 'InvalidVpcID.Malformed', 'vpc'),
  subnet: kind('subnet', 'subnet ID', 'InvalidSubnetID.NotFound', 'InvalidSubnetID.Malformed', 'subnet'),
  routeTable: kind(
    'rtb',
    'routeTable ID',
    'InvalidRouteTableID.NotFound',
    'InvalidRouteTableId.Malformed',
    'route-table',
  ),
  internetGateway: kind(
    'igw',
    'internetGateway ID',
    'InvalidInternetGatewayID.NotFound',
    'InvalidInternetGatewayId.Malformed',
    'internet-gateway',
  ),
  vpnGateway: kind(
    'vgw',
    'vpnGateway ID',
    'InvalidVpnGatewayID.NotFound',
    'InvalidVpnGatewayID.Malformed',
    'vpn-gateway',
  ),
  egressOnlyGateway: kind(
    'eigw',
    'egressOnlyInternetGateway ID',
    'InvalidEgressOnlyInternetGatewayId.NotFound',
    'InvalidEgressOnlyInternetGatewayId.Malformed',
    'egress-only-internet-gateway',
  ),
  carrierGateway: kind(
    'cagw',
    'carrierGateway ID',
    'InvalidCarrierGatewayID.NotFound',
    'InvalidCarrierGatewayID.Malformed',
    'carrier-gateway',
  ),
  localGateway: kind(
    'lgw',
    'localGateway ID',
    'InvalidLocalGatewayID.NotFound',
    'InvalidLocalGatewayID.Malformed',
    'local-gateway',
  ),
  natGateway: kind('nat', 'NatGateway', 'NatGatewayNotFound', 'NatGatewayMalformed', 'natgateway'),
  transitGateway: kind(
    'tgw',
    'Transit Gateway',
    'InvalidTransitGatewayID.NotFound',
    'InvalidTransitGatewayID.Malformed',
    'transit-gateway',
  ),
  transitGatewayAttachment: kind(
    'tgw-attach',
    'Transit Gateway Attachment',
    'InvalidTransitGatewayAttachmentID.NotFound',
    'InvalidTransitGatewayAttachmentID.Malformed',
    'transit-gateway-attachment',
  ),
  endpoint: kind(
    'vpce',
    'Vpc Endpoint Id',
    'InvalidVpcEndpointId.NotFound',
    'InvalidVpcEndpointId.Malformed',
    'vpc-endpoint',
  ),
  endpointService: kind(
    'vpce-svc',
    'VpcEndpointService Id',
    'InvalidVpcEndpointServiceId.NotFound',
    'InvalidVpcEndpointServiceId.Malformed',
    'vpc-endpoint-service',
  ),
  peering: kind(
    'pcx',
    'vpcPeeringConnection ID',
    'InvalidVpcPeeringConnectionID.NotFound',
    'InvalidVpcPeeringConnectionId.Malformed',
    'vpc-peering-connection',
  ),
  prefixList: kind(
    'pl',
    'prefix list ID',
    'InvalidPrefixListId.NotFound',
    'InvalidPrefixListId.Malformed',
    'prefix-list',
  ),
  securityGroup: kind(
    'sg',
    'security group',
    'InvalidGroup.NotFound',
    'InvalidGroupId.Malformed',
    'security-group',
  ),
  securityGroupRule: kind(
    'sgr',
    'security group rule ID',
    'InvalidSecurityGroupRuleId.NotFound',
    'InvalidSecurityGroupRuleId.Malformed',
    'security-group-rule',
  ),
  instance: kind('i', 'instance ID', 'InvalidInstanceID.NotFound', 'InvalidInstanceID.Malformed', 'instance'),
  networkInterface: kind(
    'eni',
    'networkInterface ID',
    'InvalidNetworkInterfaceID.NotFound',
    'InvalidNetworkInterfaceId.Malformed',
    'network-interface',
  ),
  interfaceAttachment: kind(
    'eni-attach',
    'networkInterfaceAttachment ID',
    'InvalidAttachmentID.NotFound',
    'InvalidNetworkInterfaceAttachmentId.Malformed',
    'network-interface-attachment',
  ),
  address: kind(
    'eipalloc',
    'allocation ID',
    'InvalidAllocationID.NotFound',
    'InvalidAllocationID.Malformed',
    'elastic-ip',
  ),
  mirrorTarget: kind(
    'tmt',
    'traffic mirror target ID',
    'InvalidTrafficMirrorTargetId.NotFound',
    'InvalidTrafficMirrorTargetId.Malformed',
    'traffic-mirror-target',
  ),
  mirrorFilter: kind(
    'tmf',
    'traffic mirror filter ID',
    'InvalidTrafficMirrorFilterId.NotFound',
    'InvalidTrafficMirrorFilterId.Malformed',
    'traffic-mirror-filter',
  ),
  mirrorRule: kind(
    'tmfr',
    'traffic mirror filter rule ID',
    'InvalidTrafficMirrorFilterRuleId.NotFound',
    'InvalidTrafficMirrorFilterRuleId.Malformed',
    'traffic-mirror-filter-rule',
  ),
  mirrorSession: kind(
    'tms',
    'traffic mirror session ID',
    'InvalidTrafficMirrorSessionId.NotFound',
    'InvalidTrafficMirrorSessionId.Malformed',
    'traffic-mirror-session',
  ),
  flowLog: kind(
    'fl',
    'flow log ID',
    'InvalidFlowLogId.NotFound',
    'InvalidFlowLogId.Malformed',
    'vpc-flow-log',
  ),
};

/** Refuses an id that could not be one of this kind: prefix, dash, 8 or 17 hexadecimal digits. */
export function checkId(kindName: ResourceKindName, id: string): void {
  const { prefix, malformed } = resourceKinds[kindName];
  if (!hasForm(prefix, id)) throw new ApiError(malformed, `Invalid id: "${id}" (expecting "${prefix}-...")`);
}

export function notFound(kindName: ResourceKindName, ids: string | readonly string[]): ApiError {
  const { notFound: code, noun } = resourceKinds[kindName];
  const list = [ids].flat();
  return new ApiError(
    code,
    list.length === 1
      ? `The ${noun} '${list[0] ?? ''}' does not exist`
      : `The ${noun}s '${list.join(', ')}' do not exist`,
  );
}

/** The record with that id; throws the Malformed or NotFound error of its kind. */
export function need<Resource>(
  records: Readonly<Record<string, Resource>>,
  kindName: ResourceKindName,
  id: string,
): Resource {
  checkId(kindName, id);
  const record = Object.hasOwn(records, id) ? records[id] : undefined;
  if (record === undefined) throw notFound(kindName, id);
  return record;
}

/** The kind of resource that an id names, by its prefix. */
export function kindOf(id: string): ResourceKindName | undefined {
  return KINDS_BY_LENGTH.find((name) => hasForm(resourceKinds[name].prefix, id));
}

/** `vpc`, `route-table`, ... for tags and ARNs. */
export function resourceTypeOf(id: string): string | undefined {
  const name = kindOf(id);
  return name && resourceKinds[name].type;
}

function hasForm(prefix: string, id: string): boolean {
  return id.startsWith(`${prefix}-`) && /^([0-9a-f]{8}|[0-9a-f]{17})$/.test(id.slice(prefix.length + 1));
}

function kind(
  prefix: string,
  noun: string,
  notFoundCode: string,
  malformed: string,
  type: string,
): ResourceKind {
  return { prefix, noun, notFound: notFoundCode, malformed, type };
}

const KINDS_BY_LENGTH = (Object.keys(resourceKinds) as ResourceKindName[]).sort(
  (a, b) => resourceKinds[b].prefix.length - resourceKinds[a].prefix.length,
);
