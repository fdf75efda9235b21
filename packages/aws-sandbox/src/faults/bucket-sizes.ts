/** Size of a token bucket. */
export interface BucketSize {
  /** Tokens when full: the burst. */
  readonly capacity: number;
  readonly refillPerSecond: number;
}

/**
 * The request token buckets of the EC2 API, from "Request throttling for the Amazon EC2 API" in the EC2
 * Developer Guide, as read on 2026-11-20. Actions that are not named fall in the category of their kind.
 */
export const bucketTable: {
  readonly readAt: string;
  readonly reads: BucketSize;
  readonly unfilteredReads: BucketSize;
  readonly writes: BucketSize;
  readonly unfilteredReadActions: readonly string[];
  readonly actions: Readonly<Record<string, readonly [capacity: number, refillPerSecond: number]>>;
} = {
  readAt: '2026-11-20',
  reads: { capacity: 100, refillPerSecond: 20 },
  unfilteredReads: { capacity: 50, refillPerSecond: 10 },
  // Resource-intensive writes have buckets of the same size.
  writes: { capacity: 50, refillPerSecond: 5 },
  unfilteredReadActions: [
    'DescribeInstances',
    'DescribeInstanceStatus',
    'DescribeNetworkInterfaces',
    'DescribeSecurityGroups',
    'DescribeSnapshots',
    'DescribeSpotInstanceRequests',
    'DescribeVolumes',
  ],
  actions: {
    AcceptVpcEndpointConnections: [10, 1],
    AssignIpv6Addresses: [100, 5],
    AssignPrivateIpAddresses: [100, 5],
    AssociateIamInstanceProfile: [100, 5],
    AssociateNatGatewayAddress: [10, 1],
    CreateDefaultSubnet: [1, 1],
    CreateDefaultVpc: [1, 1],
    CreateLaunchTemplateVersion: [100, 5],
    CreateNatGateway: [10, 1],
    CreateNetworkInterface: [100, 5],
    CreateTags: [100, 10],
    CreateVpcEndpoint: [4, 0.3],
    CreateVpcEndpointServiceConfiguration: [10, 1],
    DeleteNatGateway: [10, 1],
    DeleteNetworkInterface: [100, 5],
    DeleteTags: [100, 10],
    DeleteVpcEndpoints: [4, 0.3],
    DeleteVpcEndpointServiceConfigurations: [10, 1],
    DescribeSecurityGroupReferences: [20, 5],
    DisassociateIamInstanceProfile: [100, 5],
    ModifyInstanceMetadataOptions: [100, 5],
    ModifyNetworkInterfaceAttribute: [100, 5],
    ModifyVpcEndpoint: [4, 0.3],
    ModifyVpcEndpointServiceConfiguration: [10, 1],
    RejectVpcEndpointConnections: [10, 1],
    RunInstances: [5, 2],
    StartInstances: [5, 2],
    TerminateInstances: [100, 5],
    UnassignPrivateIpAddresses: [100, 5],
  },
};

/** The bucket that a call draws from. */
export function bucketSizeOf(action: string, params: Readonly<Record<string, unknown>>): BucketSize {
  const own = bucketTable.actions[action];
  if (own) return { capacity: own[0], refillPerSecond: own[1] };
  if (!/^(Describe|List|Search|Get)/.test(action)) return bucketTable.writes;
  const isUnfiltered =
    params['MaxResults'] === undefined &&
    params['Filters'] === undefined &&
    params['NextToken'] === undefined;
  return isUnfiltered && bucketTable.unfilteredReadActions.includes(action)
    ? bucketTable.unfilteredReads
    : bucketTable.reads;
}
