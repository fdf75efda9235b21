import type { WatchConfig } from '../decide/config.js';
import { InputError } from '../errors.js';
import type { InterfaceFacts, Peer } from '../model/snapshot.js';
import type { InstanceDetails, RouteApi } from './route-api.js';

/**
 * Where the other claimants are known from. `auto`: the Auto Scaling group of the instance that the own interface is
 * attached to, if it is in one.
 */
export type PeerSource =
  | { readonly kind: 'none' }
  | { readonly kind: 'auto' }
  | { readonly kind: 'tag'; readonly key: string; readonly value: string }
  | { readonly kind: 'interfaces'; readonly ids: readonly string[] };

const GROUP_TAG = 'aws:autoscaling:groupName';

/**
 * Reads `none`, `auto`, `asg:NAME`, `tag:KEY=VALUE` or a list of interface ids with commas.
 *
 * @throws {InputError} for anything else
 */
export function parsePeerSource(text: string): PeerSource {
  if (text === 'none' || text === 'auto') return { kind: text };
  if (/^asg:./.test(text)) return { kind: 'tag', key: GROUP_TAG, value: text.slice(4) };
  const tag = /^tag:([^=]+)=(.*)$/s.exec(text);
  if (tag?.[1] !== undefined) return { kind: 'tag', key: tag[1], value: tag[2] ?? '' };
  const ids = text.split(',');
  if (ids.every((id) => /^eni-(?:[0-9a-f]{8}|[0-9a-f]{17})$/.test(id))) return { kind: 'interfaces', ids };
  throw new InputError(
    `${JSON.stringify(text.slice(0, 80))} says no peers: expected auto, none, asg:NAME, tag:KEY=VALUE or eni-... ids with commas`,
  );
}

/** A source that is settled: `auto` has become the group that was found, or `none`. */
export type KnownPeerSource = Exclude<PeerSource, { readonly kind: 'auto' }>;

/** What `auto` amounts to for this interface. */
export async function settlePeerSource(
  api: RouteApi,
  source: PeerSource,
  own: InterfaceFacts,
  signal?: AbortSignal,
): Promise<KnownPeerSource> {
  if (source.kind !== 'auto') return source;
  const instanceId = own.attachment?.instanceId;
  if (instanceId === undefined) return { kind: 'none' };
  const [instance] = await api.describeInstances({ kind: 'ids', ids: [instanceId] }, signal);
  const group = instance && Object.hasOwn(instance.tags, GROUP_TAG) ? instance.tags[GROUP_TAG] : undefined;
  return group === undefined ? { kind: 'none' } : { kind: 'tag', key: GROUP_TAG, value: group };
}

/** The interfaces that can claim now besides the own one; undefined when nobody knows them. */
export async function findPeers(
  api: RouteApi,
  source: KnownPeerSource,
  own: InterfaceFacts,
  config: WatchConfig,
  signal?: AbortSignal,
): Promise<readonly Peer[] | undefined> {
  if (source.kind === 'none') return undefined;
  if (source.kind === 'tag') {
    const instances = await api.describeInstances(source, signal);
    return instances.flatMap((instance) => peerOf(instance, own, config));
  }
  const ids = source.ids.filter((id) => id !== own.id);
  if (ids.length === 0) return [];
  const interfaces = await api.describeInterfaces(ids, signal);
  const instanceIds = [...new Set(interfaces.flatMap((eni) => eni.attachment?.instanceId ?? []))];
  const instances =
    instanceIds.length === 0 ? [] : await api.describeInstances({ kind: 'ids', ids: instanceIds }, signal);
  const running = new Set(instances.filter(({ state }) => state === 'running').map(({ id }) => id));
  return interfaces
    .filter((eni) => eni.attachment?.status === 'attached' && mayForward(eni.sourceDestCheck, config))
    .map((eni) => ({ interfaceId: eni.id, instanceId: eni.attachment?.instanceId }))
    .filter(({ instanceId }) => instanceId === undefined || running.has(instanceId));
}

/** The peer's interface is the one with the same device index as the own one. */
function peerOf(instance: InstanceDetails, own: InterfaceFacts, config: WatchConfig): Peer[] {
  if (instance.state !== 'running') return [];
  const eni = instance.interfaces.find(
    ({ deviceIndex, attachmentStatus, id }) =>
      id !== own.id && deviceIndex === own.attachment?.deviceIndex && attachmentStatus === 'attached',
  );
  if (!eni || !mayForward(eni.sourceDestCheck, config)) return [];
  return [{ interfaceId: eni.id, instanceId: instance.id }];
}

function mayForward(sourceDestCheck: boolean | undefined, config: WatchConfig): boolean {
  return sourceDestCheck === false || config.fixSourceDestCheck;
}
