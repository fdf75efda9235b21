import type { AutoScalingState } from '../auto-scaling/service.js';
import { ec2StateAt } from '../ec2/access.js';
import { dnsName, publicDnsName } from '../ec2/interface-view.js';
import type { Ec2State, Instance, NetworkInterface } from '../ec2/state.js';
import { zoneIdOf } from '../ec2/zones.js';
import type { AccessKey } from '../iam/principals.js';
import type { Location } from '../service/definition.js';
import type { World } from '../world/world.js';

/** A folder of the metadata, or the text of a leaf. */
export type MetadataNode = string | { readonly [name: string]: MetadataNode };

/** What a tree is drawn for. */
export interface MetadataSubject {
  readonly world: World;
  readonly location: Location;
  readonly instanceId: string;
  readonly roleName: string | undefined;
  /** Keys of the role, made when asked for. */
  readonly roleKey: () => AccessKey | undefined;
}

/**
 * Everything under `/latest` for one instance, by the key names of "Instance metadata categories" (EC2 User
 * Guide). Undefined once the instance is gone: then nothing answers.
 */
export function metadataTree(
  subject: MetadataSubject,
): { readonly [name: string]: MetadataNode } | undefined {
  const state = ec2StateAt(subject, subject.location);
  const instance = state.instances[subject.instanceId];
  if (!instance || instance.state === 'terminated' || instance.state === 'stopped') return undefined;
  const interfaces = Object.values(state.networkInterfaces)
    .filter((eni) => eni.attachment?.instanceId === instance.id)
    .sort((a, b) => (a.attachment?.deviceIndex ?? 0) - (b.attachment?.deviceIndex ?? 0));
  return prune({
    'meta-data': {
      ...identity(subject, instance, interfaces[0], state),
      ...notices(subject, state, instance),
      network: {
        interfaces: {
          macs: Object.fromEntries(
            interfaces.map((eni) => [eni.macAddress, interfaceFolder(subject, state, eni)]),
          ),
        },
      },
      ...roleFolder(subject, instance),
    },
    'user-data':
      instance.userData === undefined ? undefined : Buffer.from(instance.userData, 'base64').toString('utf8'),
    dynamic: { 'instance-identity': { document: identityDocument(subject, instance, interfaces[0]) } },
  });
}

type Draft = string | undefined | { readonly [name: string]: Draft };

function identity(
  subject: MetadataSubject,
  instance: Instance,
  primary: NetworkInterface | undefined,
  state: Ec2State,
): Readonly<Record<string, Draft>> {
  const { location } = subject;
  const address = primary?.privateIps.find((ip) => ip.primary);
  const publicIp = address?.publicIp;
  return {
    'ami-id': instance.imageId,
    'ami-launch-index': String(instance.launchIndex),
    hostname: address && dnsName(location, address.address),
    'instance-action': 'none',
    'instance-id': instance.id,
    'instance-life-cycle': instance.isSpot ? 'spot' : 'on-demand',
    'instance-type': instance.instanceType,
    ipv6: primary?.ipv6Addresses[0],
    'local-hostname': address && dnsName(location, address.address),
    'local-ipv4': address?.address,
    mac: primary?.macAddress,
    placement: {
      'availability-zone': instance.availabilityZone,
      'availability-zone-id': zoneIdOf(instance.availabilityZone),
      region: location.region,
    },
    profile: 'default-hvm',
    'public-hostname': publicIp && publicDnsName(location, publicIp),
    'public-ipv4': publicIp,
    'reservation-id': instance.reservationId,
    'security-groups': primary?.groupIds.map((id) => state.securityGroups[id]?.name ?? id).join('\n'),
    services: { domain: 'amazonaws.com', partition: 'aws' },
    tags:
      instance.instanceMetadataTags === 'enabled' ? { instance: { ...state.tags[instance.id] } } : undefined,
  };
}

function interfaceFolder(subject: MetadataSubject, state: Ec2State, eni: NetworkInterface): Draft {
  const { location } = subject;
  const subnet = state.subnets[eni.subnetId];
  const vpc = state.vpcs[eni.vpcId];
  const primary = eni.privateIps.find((ip) => ip.primary);
  const withPublic = eni.privateIps.filter((ip) => ip.publicIp !== undefined);
  const publicIp = primary?.publicIp;
  return {
    'device-number': String(eni.attachment?.deviceIndex ?? 0),
    'interface-id': eni.id,
    'ipv4-associations': Object.fromEntries(withPublic.map((ip) => [ip.publicIp ?? '', ip.address])),
    'ipv4-prefix': lines(eni.ipv4Prefixes),
    'ipv6-prefix': lines(eni.ipv6Prefixes),
    ipv6s: lines(eni.ipv6Addresses),
    'local-hostname': primary && dnsName(location, primary.address),
    'local-ipv4s': lines(eni.privateIps.map((ip) => ip.address)),
    mac: eni.macAddress,
    'network-card': String(eni.attachment?.networkCardIndex ?? 0),
    'owner-id': eni.ownerId,
    'public-hostname': publicIp && publicDnsName(location, publicIp),
    'public-ipv4s': lines(withPublic.map((ip) => ip.publicIp ?? '')),
    'security-group-ids': lines(eni.groupIds),
    'security-groups': lines(eni.groupIds.map((id) => state.securityGroups[id]?.name ?? id)),
    'subnet-id': eni.subnetId,
    'subnet-ipv4-cidr-block': subnet?.cidr,
    'subnet-ipv6-cidr-blocks': lines(subnet?.ipv6.map((block) => block.cidr) ?? []),
    'vpc-id': eni.vpcId,
    'vpc-ipv4-cidr-block': vpc?.ipv4[0]?.cidr,
    'vpc-ipv4-cidr-blocks': lines(vpc?.ipv4.map((block) => block.cidr) ?? []),
    'vpc-ipv6-cidr-blocks': lines(vpc?.ipv6.map((block) => block.cidr) ?? []),
  };
}

function notices(
  subject: MetadataSubject,
  state: Ec2State,
  instance: Instance,
): Readonly<Record<string, Draft>> {
  const { spotAction, rebalanceAtMs, targetLifecycleState } = state.notices[instance.id] ?? {};
  const target = targetLifecycleState ?? groupLifecycle(subject, instance.id);
  return {
    events: {
      maintenance: { history: '[]', scheduled: '[]' },
      recommendations:
        rebalanceAtMs === undefined
          ? undefined
          : { rebalance: JSON.stringify({ noticeTime: seconds(rebalanceAtMs) }) },
    },
    spot: spotAction && {
      'instance-action': JSON.stringify({ action: spotAction.action, time: seconds(spotAction.atMs) }),
      'termination-time': spotAction.action === 'terminate' ? seconds(spotAction.atMs) : undefined,
    },
    autoscaling: target === undefined ? undefined : { 'target-lifecycle-state': target },
  };
}

// The state that Auto Scaling is moving the instance to.
function groupLifecycle(subject: MetadataSubject, instanceId: string): string | undefined {
  const { groups } = subject.world.stateOf('autoscaling', subject.location) as AutoScalingState;
  const state = Object.values(groups)
    .flatMap((group) => group.members)
    .find((member) => member.instanceId === instanceId)?.lifecycleState;
  if (state === undefined) return undefined;
  if (state.startsWith('Terminating')) return 'Terminated';
  return state.startsWith('Pending') ? 'InService' : state;
}

function roleFolder(subject: MetadataSubject, instance: Instance): Readonly<Record<string, Draft>> {
  const key = subject.roleName === undefined ? undefined : subject.roleKey();
  if (!key || subject.roleName === undefined) return {};
  const nowMs = subject.world.clock.now();
  const profile =
    instance.iamInstanceProfileArn ??
    `arn:aws:iam::${subject.location.accountId}:instance-profile/${subject.roleName}`;
  return {
    iam: {
      info: JSON.stringify({
        Code: 'Success',
        LastUpdated: seconds(nowMs),
        InstanceProfileArn: profile,
        InstanceProfileId: 'AIPA0000000000000000A',
      }),
      'security-credentials': {
        [subject.roleName]: JSON.stringify({
          Code: 'Success',
          LastUpdated: seconds(nowMs),
          Type: 'AWS-HMAC',
          AccessKeyId: key.accessKeyId,
          SecretAccessKey: key.secretAccessKey,
          Token: key.sessionToken,
          Expiration: seconds(key.expiresAtMs ?? 0),
        }),
      },
    },
  };
}

function identityDocument(
  subject: MetadataSubject,
  instance: Instance,
  primary: NetworkInterface | undefined,
): string {
  return JSON.stringify(
    {
      accountId: subject.location.accountId,
      architecture: instance.architecture,
      availabilityZone: instance.availabilityZone,
      imageId: instance.imageId,
      instanceId: instance.id,
      instanceType: instance.instanceType,
      pendingTime: seconds(instance.launchedAtMs),
      privateIp: primary?.privateIps.find((ip) => ip.primary)?.address,
      region: subject.location.region,
      version: '2017-09-30',
    },
    undefined,
    2,
  );
}

function lines(values: readonly string[]): string | undefined {
  return values.length === 0 ? undefined : values.join('\n');
}

function seconds(timeMs: number): string {
  return new Date(timeMs).toISOString().replace(/\.\d{3}Z$/, 'Z');
}

function prune(draft: { readonly [name: string]: Draft }): { readonly [name: string]: MetadataNode } {
  const kept: Record<string, MetadataNode> = {};
  for (const [name, value] of Object.entries(draft)) {
    if (value === undefined) continue;
    const pruned = typeof value === 'string' ? value : prune(value);
    // Folders without content do not exist; an empty text does.
    if (typeof pruned === 'string' || Object.keys(pruned).length > 0) kept[name] = pruned;
  }
  return kept;
}
