/** How long things take, in milliseconds of the sandbox's clock. All can be changed while it runs. */
export interface Delays {
  /** pending to running, for a new instance or a started one. */
  pendingMs: number;
  /** stopping to stopped. */
  stoppingMs: number;
  /** shutting-down to terminated. */
  shuttingDownMs: number;
  /** How long a terminated instance is still described. */
  terminatedVisibleMs: number;
  /** From the loss of a route's target to State `blackhole`. */
  blackholeMs: number;
  /** pending to available and deleting to deleted: NAT gateways, endpoints, transit gateways, attachments. */
  gatewayMs: number;
  /** provisioning to active, for load balancers. */
  loadBalancerMs: number;
}

/** Quotas as AWS documents their defaults; see `defaultQuotas` for the sources. */
export interface Quotas {
  vpcsPerRegion: number;
  subnetsPerVpc: number;
  ipv4CidrsPerVpc: number;
  routeTablesPerVpc: number;
  routesPerTable: number;
  securityGroupsPerVpc: number;
  rulesPerSecurityGroup: number;
  securityGroupsPerInterface: number;
  networkInterfacesPerRegion: number;
  elasticAddressesPerRegion: number;
  internetGatewaysPerRegion: number;
  natGatewaysPerZone: number;
  egressOnlyGatewaysPerRegion: number;
  endpointsPerVpc: number;
  peeringsPerVpc: number;
  transitGatewaysPerRegion: number;
  prefixListsPerRegion: number;
  tagsPerResource: number;
  mirrorSessions: number;
  mirrorTargets: number;
  mirrorFilters: number;
  mirrorRulesPerFilter: number;
  mirrorSessionsPerInterface: number;
  /** Not among the documented quotas, though it has an error code; high unless a test lowers it. */
  mirrorSessionsPerTarget: number;
  mirrorSourcesPerInterfaceTarget: number;
  mirrorSourcesPerLargeInterfaceTarget: number;
  networkLoadBalancersPerRegion: number;
  loadBalancersPerRegion: number;
  targetGroupsPerRegion: number;
  listenersPerLoadBalancer: number;
}

/** Delays and quotas of a sandbox. */
export interface Settings {
  readonly delays: Delays;
  readonly quotas: Quotas;
}

/** Short enough for tests with the machine's clock, long enough for every state to be seen. */
export const defaultDelays: Delays = {
  pendingMs: 50,
  stoppingMs: 50,
  shuttingDownMs: 50,
  terminatedVisibleMs: 3_600_000,
  blackholeMs: 100,
  gatewayMs: 50,
  loadBalancerMs: 100,
};

/**
 * Defaults of the public quota pages, as read in 2026: Amazon VPC User Guide "Amazon VPC quotas" and "Traffic
 * Mirroring quotas", Elastic Load Balancing "Quotas for your Network Load Balancers", EC2 "tag restrictions".
 */
export const defaultQuotas: Quotas = {
  vpcsPerRegion: 5,
  subnetsPerVpc: 200,
  ipv4CidrsPerVpc: 5,
  routeTablesPerVpc: 200,
  routesPerTable: 500,
  securityGroupsPerVpc: 2500,
  rulesPerSecurityGroup: 60,
  securityGroupsPerInterface: 5,
  networkInterfacesPerRegion: 5000,
  elasticAddressesPerRegion: 5,
  internetGatewaysPerRegion: 5,
  natGatewaysPerZone: 5,
  egressOnlyGatewaysPerRegion: 5,
  endpointsPerVpc: 50,
  peeringsPerVpc: 50,
  transitGatewaysPerRegion: 5,
  prefixListsPerRegion: 100,
  tagsPerResource: 50,
  mirrorSessions: 10_000,
  mirrorTargets: 10_000,
  mirrorFilters: 10_000,
  mirrorRulesPerFilter: 10,
  mirrorSessionsPerInterface: 3,
  mirrorSessionsPerTarget: 10_000,
  mirrorSourcesPerInterfaceTarget: 10,
  mirrorSourcesPerLargeInterfaceTarget: 100,
  networkLoadBalancersPerRegion: 50,
  loadBalancersPerRegion: 50,
  targetGroupsPerRegion: 3000,
  listenersPerLoadBalancer: 50,
};
