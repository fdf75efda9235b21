import type { Ec2Context, OutputOf } from './operation.js';
import type { Ec2State, NetworkInterface, Route, RouteTable } from './state.js';

type ViewedRoute = NonNullable<
  NonNullable<NonNullable<OutputOf<'DescribeRouteTables'>['RouteTables']>[number]['Routes']>[number]
>;

/** A route as DescribeRouteTables shows it: its state follows from its target's. */
export function viewRoute(context: Ec2Context, route: Route, vpcId: string): ViewedRoute {
  const { destination, target } = route;
  return {
    ...(destination.kind === 'ipv4' ? { DestinationCidrBlock: destination.value } : {}),
    ...(destination.kind === 'ipv6' ? { DestinationIpv6CidrBlock: destination.value } : {}),
    ...(destination.kind === 'prefix-list' ? { DestinationPrefixListId: destination.value } : {}),
    ...viewTarget(context.state, target),
    ...(route.ipAddress === undefined ? {} : { IpAddress: route.ipAddress }),
    Origin: route.origin,
    State: route.forcedState ?? routeState(context, route, vpcId),
  };
}

/**
 * `blackhole` once the target has been gone for the delay. An instance that is stopping or shutting down
 * still forwards as far as the API knows, so its route stays `active` until it has stopped.
 */
export function routeState(context: Ec2Context, route: Route, vpcId: string): 'active' | 'blackhole' {
  const lostAtMs = targetLostAt(context.state, route.target, vpcId);
  if (lostAtMs === undefined) return 'active';
  return context.nowMs >= lostAtMs + context.world.settings.delays.blackholeMs ? 'blackhole' : 'active';
}

/** Routes that VPN gateways propagate or route servers advertise into the table. */
export function propagatedRoutes(context: Ec2Context, table: RouteTable): readonly Route[] {
  return context.state.propagatedRoutes[table.id] ?? [];
}

/** When the interface stopped being able to take traffic; undefined while it can. */
export function interfaceLostAt(state: Ec2State, eni: NetworkInterface): number | undefined {
  const { attachment } = eni;
  if (!attachment) return state.lostTargets[eni.id] ?? 0;
  if (attachment.instanceId === undefined || attachment.instanceOwnerId !== eni.ownerId)
    return state.lostTargets[eni.id];
  const instance = state.instances[attachment.instanceId];
  if (!instance) return state.lostTargets[eni.id];
  const isDown = instance.state === 'stopped' || instance.state === 'terminated';
  return isDown ? (state.lostTargets[instance.id] ?? 0) : undefined;
}

function targetLostAt(state: Ec2State, target: Route['target'], vpcId: string): number | undefined {
  if (target.kind === 'local' || target.kind === 'core-network' || target.kind === 'odb-network')
    return undefined;
  if (target.kind === 'network-interface') {
    const eni = state.networkInterfaces[target.id];
    return eni ? interfaceLostAt(state, eni) : (state.lostTargets[target.id] ?? 0);
  }
  // A transit gateway is lost to a VPC with its attachment there, to all with itself.
  return state.lostTargets[target.id] ?? state.lostTargets[`${target.id}|${vpcId}`];
}

function viewTarget(state: Ec2State, target: Route['target']): ViewedRoute {
  switch (target.kind) {
    case 'local':
      return { GatewayId: 'local' };
    case 'gateway':
      return { GatewayId: target.id };
    case 'nat-gateway':
      return { NatGatewayId: target.id };
    case 'transit-gateway':
      return { TransitGatewayId: target.id };
    case 'local-gateway':
      return { LocalGatewayId: target.id };
    case 'carrier-gateway':
      return { CarrierGatewayId: target.id };
    case 'peering':
      return { VpcPeeringConnectionId: target.id };
    case 'egress-only-gateway':
      return { EgressOnlyInternetGatewayId: target.id };
    case 'core-network':
      return { CoreNetworkArn: target.id };
    case 'odb-network':
      return { OdbNetworkArn: target.id };
    case 'network-interface': {
      const attachment = state.networkInterfaces[target.id]?.attachment;
      return {
        NetworkInterfaceId: target.id,
        ...(attachment?.instanceId === undefined
          ? {}
          : { InstanceId: attachment.instanceId, InstanceOwnerId: attachment.instanceOwnerId }),
      };
    }
  }
}
