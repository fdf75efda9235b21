import type { FlowLog } from '../flow-logs/state.js';
import type { Location } from '../service/definition.js';

/** EC2 of one account in one region: plain JSON, so that it can be dumped, loaded and kept as a past. */
export interface Ec2State {
  readonly location: Location;
  readonly vpcs: Record<string, Vpc>;
  readonly subnets: Record<string, Subnet>;
  readonly routeTables: Record<string, RouteTable>;
  readonly internetGateways: Record<string, AttachableGateway>;
  readonly vpnGateways: Record<string, AttachableGateway>;
  readonly egressOnlyGateways: Record<string, AttachableGateway>;
  readonly carrierGateways: Record<string, AttachableGateway>;
  readonly localGateways: Record<string, { id: string; outpostArn: string; ownerId: string }>;
  readonly natGateways: Record<string, NatGateway>;
  readonly transitGateways: Record<string, TransitGateway>;
  readonly transitGatewayAttachments: Record<string, TransitGatewayAttachment>;
  readonly endpoints: Record<string, Endpoint>;
  readonly endpointServices: Record<string, EndpointService>;
  readonly peerings: Record<string, Peering>;
  readonly prefixLists: Record<string, PrefixList>;
  readonly securityGroups: Record<string, SecurityGroup>;
  readonly instances: Record<string, Instance>;
  readonly networkInterfaces: Record<string, NetworkInterface>;
  readonly addresses: Record<string, ElasticAddress>;
  readonly mirrorTargets: Record<string, MirrorTarget>;
  readonly mirrorFilters: Record<string, MirrorFilter>;
  readonly mirrorRules: Record<string, MirrorRule>;
  readonly mirrorSessions: Record<string, MirrorSession>;
  readonly flowLogs: Record<string, FlowLog>;
  /** Tags of everything, by resource id. */
  readonly tags: Record<string, Record<string, string>>;
  /** Routes that come from elsewhere than CreateRoute, by route table: VPN propagation, route servers. */
  readonly propagatedRoutes: Record<string, Route[]>;
  /** When a route target went away or out of service; routes turn blackhole some time after it. */
  readonly lostTargets: Record<string, number>;
  /** What the metadata service tells single instances. */
  readonly notices: Record<string, InstanceNotices>;
  /** Changes that are due later, in no particular order. */
  pending: PendingChange[];
}

/** A state change that happens at a time of its own. */
export type PendingChange =
  | {
      readonly atMs: number;
      readonly kind: 'instance';
      readonly id: string;
      readonly to: 'running' | 'stopped' | 'terminated' | 'gone';
    }
  | {
      readonly atMs: number;
      readonly kind: 'nat-gateway';
      readonly id: string;
      readonly to: 'available' | 'deleted' | 'gone';
    }
  | {
      readonly atMs: number;
      readonly kind: 'transit-gateway';
      readonly id: string;
      readonly to: 'available' | 'gone';
    }
  | {
      readonly atMs: number;
      readonly kind: 'transit-gateway-attachment';
      readonly id: string;
      readonly to: 'available' | 'gone';
    }
  | {
      readonly atMs: number;
      readonly kind: 'endpoint';
      readonly id: string;
      readonly to: 'available' | 'gone';
    };

export interface CidrAssociation {
  readonly associationId: string;
  readonly cidr: string;
}

export interface Vpc {
  readonly id: string;
  readonly ownerId: string;
  readonly isDefault: boolean;
  readonly instanceTenancy: 'default' | 'dedicated';
  ipv4: CidrAssociation[];
  ipv6: CidrAssociation[];
  enableDnsSupport: boolean;
  enableDnsHostnames: boolean;
  enableNetworkAddressUsageMetrics: boolean;
  readonly defaultSecurityGroupId: string;
}

export interface Subnet {
  readonly id: string;
  readonly vpcId: string;
  readonly ownerId: string;
  readonly availabilityZone: string;
  /** Absent in an IPv6-only subnet. */
  readonly cidr: string | undefined;
  ipv6: CidrAssociation[];
  mapPublicIpOnLaunch: boolean;
  assignIpv6AddressOnCreation: boolean;
  readonly defaultForAz: boolean;
  readonly outpostArn?: string;
  /** Addresses in use and the interface that has each. */
  readonly used: Record<string, string>;
  /** On a copy to rehearse on: what is in use in the real subnet. Never in the state itself. */
  readonly usedBelow?: Readonly<Record<string, string>>;
  /** Where the search for a free address goes on. */
  nextHost: number;
}

/** Which resource a route leads to. `local` is the VPC itself. */
export type RouteTarget =
  | { readonly kind: 'local' }
  | { readonly kind: 'gateway'; readonly id: string }
  | { readonly kind: 'network-interface'; readonly id: string }
  | { readonly kind: 'nat-gateway'; readonly id: string }
  | { readonly kind: 'transit-gateway'; readonly id: string }
  | { readonly kind: 'local-gateway'; readonly id: string }
  | { readonly kind: 'carrier-gateway'; readonly id: string }
  | { readonly kind: 'peering'; readonly id: string }
  | { readonly kind: 'egress-only-gateway'; readonly id: string }
  | { readonly kind: 'core-network'; readonly id: string }
  | { readonly kind: 'odb-network'; readonly id: string };

export type RouteDestination =
  | { readonly kind: 'ipv4'; readonly value: string }
  | { readonly kind: 'ipv6'; readonly value: string }
  | { readonly kind: 'prefix-list'; readonly value: string };

export type RouteOrigin = 'CreateRouteTable' | 'CreateRoute' | 'EnableVgwRoutePropagation' | 'Advertisement';

export interface Route {
  readonly destination: RouteDestination;
  target: RouteTarget;
  readonly origin: RouteOrigin;
  /** Next hop of an advertised route. */
  readonly ipAddress?: string;
  /** A state that no rule of the sandbox derives, such as `filtered`. */
  forcedState?: 'active' | 'blackhole' | 'filtered';
}

export interface RouteTableAssociation {
  readonly id: string;
  readonly main: boolean;
  readonly subnetId?: string;
  readonly gatewayId?: string;
}

export interface RouteTable {
  readonly id: string;
  readonly vpcId: string;
  readonly ownerId: string;
  associations: RouteTableAssociation[];
  propagatingVgws: string[];
  routes: Route[];
}

/** Internet, VPN, egress-only and carrier gateways: things that are, at most, attached to one VPC. */
export interface AttachableGateway {
  readonly id: string;
  readonly ownerId: string;
  vpcId: string | undefined;
  readonly amazonSideAsn?: number;
}

export interface NatGateway {
  readonly id: string;
  readonly vpcId: string;
  readonly subnetId: string;
  readonly connectivity: 'public' | 'private';
  state: 'pending' | 'available' | 'deleting' | 'deleted';
  readonly createdAtMs: number;
  deletedAtMs?: number;
  readonly networkInterfaceId: string;
  readonly privateIp: string;
  readonly allocationId?: string;
  readonly publicIp?: string;
}

export interface TransitGateway {
  readonly id: string;
  readonly ownerId: string;
  readonly description: string | undefined;
  readonly amazonSideAsn: number;
  state: 'pending' | 'available' | 'deleting';
  readonly createdAtMs: number;
}

export interface TransitGatewayAttachment {
  readonly id: string;
  readonly transitGatewayId: string;
  readonly vpcId: string;
  readonly subnetIds: readonly string[];
  state: 'pending' | 'available' | 'deleting';
  readonly createdAtMs: number;
}

export interface Endpoint {
  readonly id: string;
  readonly type: 'Gateway' | 'Interface' | 'GatewayLoadBalancer';
  readonly vpcId: string;
  readonly serviceName: string;
  state: 'pending' | 'available' | 'deleting';
  readonly createdAtMs: number;
  readonly subnetIds: readonly string[];
  routeTableIds: string[];
  networkInterfaceIds: string[];
  readonly groupIds: readonly string[];
  readonly privateDnsEnabled: boolean;
}

export interface EndpointService {
  readonly id: string;
  readonly name: string;
  readonly gatewayLoadBalancerArns: readonly string[];
  readonly networkLoadBalancerArns: readonly string[];
  readonly acceptanceRequired: boolean;
}

export interface Peering {
  readonly id: string;
  readonly requester: PeeringSide;
  readonly accepter: PeeringSide;
  status: 'pending-acceptance' | 'active' | 'deleted' | 'rejected';
  readonly expiresAtMs: number;
}

export interface PeeringSide {
  readonly ownerId: string;
  readonly region: string;
  readonly vpcId: string;
  readonly cidrs: readonly string[];
}

export interface PrefixList {
  readonly id: string;
  readonly name: string;
  readonly ownerId: string;
  readonly addressFamily: 'IPv4' | 'IPv6';
  maxEntries: number;
  version: number;
  entries: { cidr: string; description?: string }[];
}

export interface SecurityGroup {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly vpcId: string;
  readonly ownerId: string;
  rules: SecurityGroupRule[];
}

export interface SecurityGroupRule {
  readonly id: string;
  readonly isEgress: boolean;
  readonly protocol: string;
  readonly fromPort: number | undefined;
  readonly toPort: number | undefined;
  readonly cidrIpv4?: string;
  readonly cidrIpv6?: string;
  readonly prefixListId?: string;
  readonly referencedGroupId?: string;
  readonly description?: string;
}

export type InstanceStateName =
  | 'pending'
  | 'running'
  | 'stopping'
  | 'stopped'
  | 'shutting-down'
  | 'terminated';

export interface Instance {
  readonly id: string;
  readonly ownerId: string;
  readonly reservationId: string;
  readonly launchIndex: number;
  readonly imageId: string;
  instanceType: string;
  readonly keyName: string | undefined;
  readonly architecture: string;
  readonly vpcId: string;
  readonly subnetId: string;
  readonly availabilityZone: string;
  state: InstanceStateName;
  stateReason?: { code: string; message: string };
  stateTransitionReason: string;
  launchedAtMs: number;
  readonly iamInstanceProfileArn: string | undefined;
  readonly isSpot: boolean;
  disableApiTermination: boolean;
  disableApiStop: boolean;
  shutdownBehavior: 'stop' | 'terminate';
  userData: string | undefined;
  httpTokens: 'optional' | 'required';
  httpPutResponseHopLimit: number;
  instanceMetadataTags: 'enabled' | 'disabled';
  /** Status checks; `ok` unless a test says otherwise. */
  instanceStatus: StatusCheck;
  systemStatus: StatusCheck;
  readonly clientToken: string | undefined;
}

/** Notices of the instance metadata service. */
export interface InstanceNotices {
  spotAction?: { readonly action: 'terminate' | 'stop' | 'hibernate'; readonly atMs: number };
  rebalanceAtMs?: number;
  targetLifecycleState?: string;
}

export type StatusCheck = 'ok' | 'impaired' | 'insufficient-data' | 'initializing';

export interface InterfaceAttachment {
  readonly id: string;
  readonly instanceId: string | undefined;
  readonly instanceOwnerId: string;
  readonly deviceIndex: number;
  readonly networkCardIndex: number;
  deleteOnTermination: boolean;
  readonly attachedAtMs: number;
}

export interface NetworkInterface {
  readonly id: string;
  readonly ownerId: string;
  readonly vpcId: string;
  readonly subnetId: string;
  readonly availabilityZone: string;
  readonly macAddress: string;
  description: string;
  readonly interfaceType: string;
  readonly requesterId: string | undefined;
  readonly requesterManaged: boolean;
  sourceDestCheck: boolean;
  groupIds: string[];
  privateIps: { address: string; primary: boolean; allocationId?: string; publicIp?: string }[];
  ipv6Addresses: string[];
  ipv4Prefixes: string[];
  ipv6Prefixes: string[];
  attachment: InterfaceAttachment | undefined;
}

export interface ElasticAddress {
  readonly allocationId: string;
  readonly publicIp: string;
  associationId?: string;
  networkInterfaceId?: string;
  privateIp?: string;
  natGatewayId?: string;
}

export interface MirrorTarget {
  readonly id: string;
  readonly ownerId: string;
  readonly type: 'network-interface' | 'network-load-balancer' | 'gateway-load-balancer-endpoint';
  /** The interface, the load balancer's ARN, or the endpoint. */
  readonly resource: string;
  readonly description: string | undefined;
}

export interface MirrorFilter {
  readonly id: string;
  readonly description: string | undefined;
  networkServices: 'amazon-dns'[];
}

export interface MirrorRule {
  readonly id: string;
  readonly filterId: string;
  direction: 'ingress' | 'egress';
  ruleNumber: number;
  action: 'accept' | 'reject';
  protocol: number | undefined;
  sourceCidr: string;
  destinationCidr: string;
  sourcePorts: { from: number; to: number } | undefined;
  destinationPorts: { from: number; to: number } | undefined;
  description: string | undefined;
}

export interface MirrorSession {
  readonly id: string;
  readonly ownerId: string;
  readonly networkInterfaceId: string;
  targetId: string;
  filterId: string;
  sessionNumber: number;
  packetLength: number | undefined;
  virtualNetworkId: number;
  description: string | undefined;
}

/** An empty region. */
export function emptyEc2State(location: Location): Ec2State {
  return {
    location,
    vpcs: {},
    subnets: {},
    routeTables: {},
    internetGateways: {},
    vpnGateways: {},
    egressOnlyGateways: {},
    carrierGateways: {},
    localGateways: {},
    natGateways: {},
    transitGateways: {},
    transitGatewayAttachments: {},
    endpoints: {},
    endpointServices: {},
    peerings: {},
    prefixLists: {},
    securityGroups: {},
    instances: {},
    networkInterfaces: {},
    addresses: {},
    mirrorTargets: {},
    mirrorFilters: {},
    mirrorRules: {},
    mirrorSessions: {},
    flowLogs: {},
    tags: {},
    propagatedRoutes: {},
    lostTargets: {},
    notices: {},
    pending: [],
  };
}
