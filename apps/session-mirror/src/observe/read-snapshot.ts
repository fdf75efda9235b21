import { categorize, type Clock, systemClock } from '@net/aws-core';
import type { FoundTarget, MirrorApi } from '../ec2/mirror-api.js';
import type { Instance, MirrorTarget, NetworkInterface, Snapshot } from '../model/snapshot.js';
import { LARGE_TARGET_SOURCES, largeInstances } from './large-instances.js';
import type { Learned } from './learned.js';

export interface ReadSnapshotOptions {
  readonly signal?: AbortSignal | undefined;
  readonly clock?: Clock | undefined;
}

/**
 * Reads an account and region: one list of each kind, whole, a page of 1,000 at a time.
 *
 * @throws {AwsError} when a list cannot be read: a plan is made of everything or not at all
 */
export async function readSnapshot(
  api: MirrorApi,
  learned: Learned,
  { signal, clock = systemClock }: ReadSnapshotOptions = {},
): Promise<Snapshot> {
  const takenAtMs = clock.now();
  // Before the interfaces: a session whose interface is not in the later list has lost it.
  const [accountId, sessions] = await Promise.all([api.accountId(signal), api.sessions(signal)]);
  const [vpcs, interfaces, instances, targets, filters] = await Promise.all([
    api.vpcs(signal),
    api.interfaces(signal),
    api.instances(signal),
    api.targets(signal),
    api.filters(signal),
  ]);
  await learnTypes(api, learned, instances, signal);
  return {
    accountId,
    region: api.region,
    takenAtMs,
    vpcs,
    instances,
    interfaces,
    targets: targets.map((target) => describeTarget(target, interfaces, instances)),
    filters,
    sessions,
    ineligibleTypes: Object.fromEntries(learned.ineligibleTypes),
    refusedInterfaces: Object.fromEntries(learned.refusedInterfaces),
  };
}

/** Bare metal cannot be mirrored ("Traffic Mirroring considerations"); all else EC2 says when it is asked for a session. */
async function learnTypes(
  api: MirrorApi,
  learned: Learned,
  instances: readonly Instance[],
  signal: AbortSignal | undefined,
): Promise<void> {
  const unknown = [...new Set(instances.map(({ type }) => type))]
    // The names of bare metal types end in it; only they are worth a call.
    .filter((type) => /\.metal(?:-|$)/.test(type) && !learned.knownTypes.has(type))
    .sort();
  if (unknown.length === 0) return;
  try {
    for (const { type, isBareMetal } of await api.instanceTypes(unknown, signal)) {
      if (isBareMetal) learned.ineligibleTypes.set(type, 'bare metal cannot be mirrored');
    }
    for (const type of unknown) learned.knownTypes.add(type);
  } catch (error) {
    // Types of another region's instances, or no permission: EC2 will answer when a session is asked for.
    const { category } = categorize(error);
    if (category !== 'invalid' && category !== 'denied' && category !== 'not-found') throw error;
    for (const type of unknown) learned.knownTypes.add(type);
  }
}

function describeTarget(
  target: FoundTarget,
  interfaces: readonly NetworkInterface[],
  instances: readonly Instance[],
): MirrorTarget {
  const { id, kind, interfaceId, tags } = target;
  const networkInterface =
    interfaceId === undefined ? undefined : interfaces.find((each) => each.id === interfaceId);
  const instance = instances.find((each) => each.id === networkInterface?.instanceId);
  const isLarge = instance !== undefined && largeInstances.types.has(instance.type);
  const maxSources = isLarge ? LARGE_TARGET_SOURCES : undefined;
  return { id, kind, interfaceId, tags, zone: networkInterface?.zone, maxSources };
}
