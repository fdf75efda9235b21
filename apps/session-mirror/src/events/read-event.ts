/** What an event of EventBridge asks for. */
export type MirrorEvent =
  | { readonly kind: 'full-pass'; readonly reason: string; readonly atMs: number | undefined }
  | {
      readonly kind: 'finding';
      readonly instanceId: string;
      readonly reason: string;
      readonly atMs: number | undefined;
    }
  | { readonly kind: 'ignored'; readonly reason: string };

/** CloudTrail calls after which sessions may have to change ("AWS API Call via CloudTrail" events). */
const CALLS = new Set([
  'AttachNetworkInterface',
  'CreateTags',
  'CreateTrafficMirrorTarget',
  'DeleteTags',
  'DeleteTrafficMirrorSession',
  'DeleteTrafficMirrorTarget',
  'DetachNetworkInterface',
  'ModifyTrafficMirrorSession',
  'RunInstances',
]);

/** Resources of tag calls that are part of the policy. */
const TAGGED = /^(?:i|vpc|tmt)-/;

/**
 * Reads an EventBridge event. What it names is only why there is a pass, never what is done: a pass makes everything
 * right, so that lost, repeated and reordered events do no harm. Anything that cannot be read asks for a pass.
 */
export function readEvent(event: unknown, ownRole: string | undefined, tagPrefix: string): MirrorEvent {
  const { 'detail-type': type, detail: said, time } = asRecord(event);
  const detail = asRecord(said);
  const at = typeof time === 'string' ? Date.parse(time) : Number.NaN;
  const atMs = Number.isNaN(at) ? undefined : at;
  const pass = (reason: string): MirrorEvent => ({ kind: 'full-pass', reason, atMs });
  const ignored = (reason: string): MirrorEvent => ({ kind: 'ignored', reason });
  switch (type) {
    case 'EC2 Instance State-change Notification': {
      const { state, 'instance-id': id } = detail;
      if (state === 'stopping' || state === 'shutting-down') return ignored(`an instance is ${state}`);
      return pass(`${text(id) ?? 'an instance'} is ${text(state) ?? 'in another state'}`);
    }
    case 'AWS API Call via CloudTrail': {
      const name = text(detail['eventName']) ?? '';
      if (!CALLS.has(name)) return ignored(`${name} changes nothing here`);
      if (detail['errorCode'] !== undefined) return ignored(`${name} failed`);
      const arn = text(
        asRecord(asRecord(asRecord(detail['userIdentity'])['sessionContext'])['sessionIssuer'])['arn'],
      );
      // Our own writes come back as events.
      if (ownRole !== undefined && arn === ownRole) return ignored(`${name} was ours`);
      if ((name === 'CreateTags' || name === 'DeleteTags') && !concernsPolicy(detail, tagPrefix))
        return ignored('no tag of the policy');
      return pass(name);
    }
    case 'GuardDuty Finding': {
      const instance = asRecord(asRecord(detail['resource'])['instanceDetails']);
      const instanceId = text(instance['instanceId']);
      if (instanceId === undefined || !/^i-(?:[0-9a-f]{8}|[0-9a-f]{17})$/.test(instanceId))
        return ignored('the finding names no instance');
      return { kind: 'finding', instanceId, reason: text(detail['type']) ?? 'a finding', atMs };
    }
    case 'Scheduled Event':
      return pass('the schedule');
    default:
      return pass('called');
  }
}

function concernsPolicy(detail: Readonly<Record<string, unknown>>, tagPrefix: string): boolean {
  const parameters = asRecord(detail['requestParameters']);
  const items = (key: string): readonly Readonly<Record<string, unknown>>[] => {
    const list = asRecord(parameters[key])['items'];
    // A shape that is not known may concern us.
    return Array.isArray(list) ? list.map(asRecord) : [{}];
  };
  const isOurTag = items('tagSet').some(
    ({ key }) => key === undefined || text(key)?.startsWith(`${tagPrefix}:`) === true,
  );
  const isOurKind = items('resourcesSet').some(
    ({ resourceId }) => resourceId === undefined || TAGGED.test(text(resourceId) ?? ''),
  );
  return isOurTag && isOurKind;
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value.slice(0, 200) : undefined;
}
