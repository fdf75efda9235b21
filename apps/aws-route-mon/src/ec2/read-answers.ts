import type {
  Instance,
  InstanceStatus,
  NetworkInterface,
  Route as RouteAnswer,
  RouteTable as RouteTableAnswer,
} from '@aws-sdk/client-ec2';
import { tagsFromList } from '@net/aws-core';
import type { Destination } from '../model/destination.js';
import {
  type Route,
  type RouteTable,
  type RouteTarget,
  type TargetKind,
  targetKindOf,
} from '../model/route-table.js';
import type { InstanceFacts, InterfaceFacts } from '../model/snapshot.js';
import type { InstanceDetails } from '../observe/route-api.js';

/** A route table of an answer. Routes without a destination that is known here are left out. */
export function readTable(answer: RouteTableAnswer): RouteTable {
  const associations = (answer.Associations ?? []).filter(
    ({ AssociationState }) => !GONE.has(AssociationState?.State ?? 'associated'),
  );
  return {
    id: answer.RouteTableId ?? '',
    vpcId: answer.VpcId ?? '',
    ownerId: answer.OwnerId,
    isMain: associations.some(({ Main }) => Main === true),
    subnetIds: associations.flatMap(({ SubnetId }) => SubnetId ?? []),
    gatewayIds: associations.flatMap(({ GatewayId }) => GatewayId ?? []),
    tags: tagsFromList(answer.Tags),
    routes: (answer.Routes ?? []).flatMap(readRoute),
  };
}

/** A network interface of an answer. */
export function readInterface(answer: NetworkInterface): InterfaceFacts {
  const { Attachment: attachment } = answer;
  return {
    id: answer.NetworkInterfaceId ?? '',
    ownerId: answer.OwnerId,
    vpcId: answer.VpcId,
    status: answer.Status,
    sourceDestCheck: answer.SourceDestCheck,
    privateAddress: answer.PrivateIpAddress,
    ipv6Address: answer.Ipv6Addresses?.[0]?.Ipv6Address,
    attachment: attachment && {
      status: attachment.Status,
      instanceId: attachment.InstanceId,
      instanceOwnerId: attachment.InstanceOwnerId,
      deviceIndex: attachment.DeviceIndex,
    },
  };
}

/** An instance of an answer; none without an id. */
export function readInstance(instance: Instance): InstanceDetails[] {
  if (instance.InstanceId === undefined) return [];
  return [
    {
      id: instance.InstanceId,
      state: instance.State?.Name,
      tags: tagsFromList(instance.Tags),
      interfaces: (instance.NetworkInterfaces ?? []).flatMap((eni) =>
        eni.NetworkInterfaceId === undefined
          ? []
          : [
              {
                id: eni.NetworkInterfaceId,
                deviceIndex: eni.Attachment?.DeviceIndex,
                attachmentStatus: eni.Attachment?.Status,
                sourceDestCheck: eni.SourceDestCheck,
              },
            ],
      ),
    },
  ];
}

/** Status checks of an answer. */
export function readStatus(answer: InstanceStatus): InstanceFacts {
  return {
    id: answer.InstanceId ?? '',
    state: answer.InstanceState?.Name,
    systemStatus: answer.SystemStatus?.Status,
    instanceStatus: answer.InstanceStatus?.Status,
  };
}

const GONE: ReadonlySet<string> = new Set(['disassociating', 'disassociated', 'failed']);

function readRoute(answer: RouteAnswer): Route[] {
  const destination = readDestination(answer);
  if (!destination) return [];
  return [
    {
      destination,
      target: readTarget(answer),
      state: answer.State,
      origin: answer.Origin,
      instanceId: answer.InstanceId,
      instanceOwnerId: answer.InstanceOwnerId,
    },
  ];
}

function readDestination(answer: RouteAnswer): Destination | undefined {
  if (answer.DestinationCidrBlock !== undefined) return { kind: 'ipv4', value: answer.DestinationCidrBlock };
  if (answer.DestinationIpv6CidrBlock !== undefined)
    return { kind: 'ipv6', value: answer.DestinationIpv6CidrBlock };
  if (answer.DestinationPrefixListId !== undefined) {
    return { kind: 'prefix-list', value: answer.DestinationPrefixListId };
  }
  return undefined;
}

const MEMBERS: readonly (readonly [keyof RouteAnswer, TargetKind])[] = [
  ['NetworkInterfaceId', 'interface'],
  ['NatGatewayId', 'nat-gateway'],
  ['TransitGatewayId', 'transit-gateway'],
  ['VpcPeeringConnectionId', 'peering'],
  ['EgressOnlyInternetGatewayId', 'egress-only-gateway'],
  ['LocalGatewayId', 'local-gateway'],
  ['CarrierGatewayId', 'carrier-gateway'],
  ['CoreNetworkArn', 'core-network'],
  ['OdbNetworkArn', 'odb-network'],
];

/**
 * The target of a route. GatewayId stands for internet and virtual private gateways, endpoints (`vpce-`, of both
 * kinds) and `local`; a kind that is not known here is `unknown` and will be left alone.
 */
function readTarget(answer: RouteAnswer): RouteTarget {
  for (const [member, kind] of MEMBERS) {
    const id = answer[member];
    if (typeof id === 'string') return { kind, id };
  }
  const id = answer.GatewayId ?? answer.InstanceId ?? '';
  return { kind: targetKindOf(id), id };
}
