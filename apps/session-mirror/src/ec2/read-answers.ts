import type {
  Instance as Ec2Instance,
  NetworkInterface as Ec2NetworkInterface,
  TrafficMirrorFilter,
  TrafficMirrorFilterRule,
  TrafficMirrorPortRange,
  TrafficMirrorSession,
  TrafficMirrorTarget,
} from '@aws-sdk/client-ec2';
import { tagsFromList } from '@net/aws-core';
import type {
  FilterRule,
  Instance,
  MirrorFilter,
  MirrorSession,
  NetworkInterface,
} from '../model/snapshot.js';
import type { FoundTarget } from './mirror-api.js';

/** Undefined for an answer without an id, which nothing can be decided about. */
export function readInstance(answer: Ec2Instance): Instance | undefined {
  const { InstanceId: id, InstanceType: type, State, VpcId: vpcId, Tags } = answer;
  if (id === undefined || vpcId === undefined) return undefined;
  return { id, type: type ?? 'unknown', state: State?.Name ?? 'unknown', vpcId, tags: tagsFromList(Tags) };
}

export function readInterface(answer: Ec2NetworkInterface): NetworkInterface | undefined {
  const { NetworkInterfaceId: id, VpcId: vpcId, InterfaceType, Attachment, RequesterManaged } = answer;
  if (id === undefined || vpcId === undefined) return undefined;
  return {
    id,
    vpcId,
    instanceId: Attachment?.InstanceId,
    type: InterfaceType ?? 'interface',
    isRequesterManaged: RequesterManaged ?? false,
    zone: answer.AvailabilityZone,
  };
}

export function readTarget(answer: TrafficMirrorTarget): FoundTarget | undefined {
  const { TrafficMirrorTargetId: id, NetworkInterfaceId: interfaceId } = answer;
  const resource = interfaceId ?? answer.NetworkLoadBalancerArn ?? answer.GatewayLoadBalancerEndpointId;
  if (id === undefined || resource === undefined) return undefined;
  const kind =
    interfaceId !== undefined
      ? 'network-interface'
      : answer.NetworkLoadBalancerArn !== undefined
        ? 'network-load-balancer'
        : 'gateway-load-balancer-endpoint';
  return {
    id,
    kind,
    interfaceId,
    resource,
    description: answer.Description,
    tags: tagsFromList(answer.Tags),
  };
}

export function readFilter(answer: TrafficMirrorFilter): MirrorFilter | undefined {
  const { TrafficMirrorFilterId: id, IngressFilterRules, EgressFilterRules, NetworkServices } = answer;
  if (id === undefined) return undefined;
  return {
    id,
    description: answer.Description,
    tags: tagsFromList(answer.Tags),
    rules: [...(IngressFilterRules ?? []), ...(EgressFilterRules ?? [])].map(readRule),
    services: NetworkServices ?? [],
  };
}

function readRule(answer: TrafficMirrorFilterRule): FilterRule {
  return {
    direction: answer.TrafficDirection === 'egress' ? 'egress' : 'ingress',
    number: answer.RuleNumber ?? 0,
    action: answer.RuleAction === 'reject' ? 'reject' : 'accept',
    source: answer.SourceCidrBlock ?? '',
    destination: answer.DestinationCidrBlock ?? '',
    protocol: answer.Protocol,
    sourcePorts: readPorts(answer.SourcePortRange),
    destinationPorts: readPorts(answer.DestinationPortRange),
  };
}

function readPorts(range: TrafficMirrorPortRange | undefined): readonly [number, number] | undefined {
  const from = range?.FromPort;
  return from === undefined ? undefined : [from, range?.ToPort ?? from];
}

export function readSession(answer: TrafficMirrorSession): MirrorSession | undefined {
  const { TrafficMirrorSessionId: id, NetworkInterfaceId: interfaceId } = answer;
  if (id === undefined || interfaceId === undefined) return undefined;
  return {
    id,
    interfaceId,
    targetId: answer.TrafficMirrorTargetId ?? '',
    filterId: answer.TrafficMirrorFilterId ?? '',
    number: answer.SessionNumber ?? 0,
    packetLength: answer.PacketLength,
    virtualNetworkId: answer.VirtualNetworkId,
    tags: tagsFromList(answer.Tags),
  };
}
