import { type Pacer, createPacer, runPaced } from '@net/aws-core';
import type { MirrorApi } from '../ec2/mirror-api.js';
import type { Learned } from '../observe/learned.js';
import { type MirrorAction, NEW_FILTER } from '../plan/action.js';
import type { MirrorPlan } from '../plan/plan-sessions.js';
import type { MirrorConfig } from '../policy/config.js';
import { classify } from './classify.js';
import { clientToken } from './client-token.js';
import { type Outcome, actionWords } from './outcome.js';
import { completeFilter, createFilter } from './write-filter.js';

export interface ApplyOptions {
  /** After it nothing is begun. */
  readonly signal?: AbortSignal | undefined;
  /** Part of the client tokens: another one asks anew for what an earlier one was answered. */
  readonly attempt?: number | undefined;
  /** Told of each end, in the order of ends. */
  readonly onOutcome?: ((outcome: Outcome) => void) | undefined;
  readonly pacer?: Pacer | undefined;
}

type SessionAction = Exclude<MirrorAction, { kind: 'create-filter' | 'complete-filter' }>;

/**
 * Carries out exactly the plan: deletions, then the filter, then what needs both, as fast as EC2 accepts it. What EC2's
 * answers teach (types that cannot be mirrored, targets that are full) is added to `learned` and saves the calls that
 * would be answered the same. Never rejects: outcomes are in the order of the plan's actions.
 */
export async function applyPlan(
  plan: MirrorPlan,
  api: MirrorApi,
  config: MirrorConfig,
  learned: Learned,
  options: ApplyOptions = {},
): Promise<readonly Outcome[]> {
  const { signal, attempt = 0, onOutcome, pacer = createPacer() } = options;
  const outcomes = new Map<MirrorAction, Outcome>();
  const scope = [plan.accountId, plan.region];
  const times = { atMs: plan.takenAtMs, attempt };
  let filterId: string | undefined;
  let isStopped = false;
  const end = (outcome: Outcome): void => {
    outcomes.set(outcome.action, outcome);
    onOutcome?.(outcome);
  };
  const refuse = (action: MirrorAction, error: unknown): void => {
    const { kind, detail } = classify(error);
    const line = `${actionWords(action)}: ${detail}`;
    if (kind === 'fatal') isStopped = true;
    if (action.kind === 'create-session') learn(learned, action, kind, detail);
    if (kind === 'superseded') end({ action, status: 'superseded', detail: line });
    else if (kind === 'failed' || kind === 'fatal') end({ action, status: 'failed', error, detail: line });
    else end({ action, status: 'refused', detail: line });
  };
  const real = (id: string): string => (id === NEW_FILTER ? (filterId ?? '') : id);
  const send = (action: SessionAction): Promise<string> => {
    switch (action.kind) {
      case 'delete-session':
        return api.deleteSession(action.sessionId).then(() => action.sessionId);
      case 'modify-session': {
        const { filterId: changed, ...set } = action.set;
        const change = { ...set, ...(changed === undefined ? {} : { filterId: real(changed) }) };
        return api
          .modifySession(action.sessionId, { ...change, remove: action.remove })
          .then(() => action.sessionId);
      }
      case 'create-session': {
        const { interfaceId, targetId, number, name } = action;
        const { packetLength, virtualNetworkId, creator } = config;
        const wanted = {
          interfaceId,
          targetId,
          filterId: real(action.filterId),
          number,
          packetLength,
          virtualNetworkId,
        };
        const parts = ['session', ...scope, creator, name, ...Object.values(wanted)];
        return api.createSession({
          ...wanted,
          tags: { Creator: creator, Name: name },
          clientToken: clientToken(parts, times.atMs, times.attempt),
        });
      }
    }
  };
  const run = async (actions: readonly SessionAction[]): Promise<void> => {
    const open = actions.filter((action) => {
      const known = knownRefusal(action, learned);
      if (known !== undefined) end({ action, status: 'refused', detail: `${actionWords(action)}: ${known}` });
      return known === undefined;
    });
    if (isStopped) return;
    await runPaced(open, pacer, send, {
      signal,
      isFatal: (error) => classify(error).kind === 'fatal',
      onOutcome: (outcome) => {
        const { item: action } = outcome;
        if (outcome.status === 'done')
          end({ action, status: 'done', id: outcome.result, detail: `${actionWords(action)}: done` });
        else if (outcome.status === 'failed') refuse(action, outcome.error);
      },
    });
  };
  const ofKind = (...kinds: readonly MirrorAction['kind'][]): SessionAction[] =>
    plan.actions.filter((action): action is SessionAction => kinds.includes(action.kind));

  await run(ofKind('delete-session'));
  for (const action of plan.actions) {
    if (action.kind !== 'create-filter' && action.kind !== 'complete-filter') continue;
    if (isStopped || signal?.aborted === true) break;
    try {
      if (action.kind === 'create-filter')
        filterId = await pacer.run(() => createFilter(api, config.filter, scope, times), signal);
      else await pacer.run(() => completeFilter(api, action.filterId, action, times), signal);
      const id = action.kind === 'create-filter' ? (filterId ?? '') : action.filterId;
      end({ action, status: 'done', id, detail: `${actionWords(action)}: ${id}` });
    } catch (error) {
      refuse(action, error);
      // Without its filter no session is what was planned.
      isStopped = true;
    }
  }
  await run(ofKind('modify-session'));
  const creations = ofKind('create-session');
  const first = firstOfEachType(creations);
  await run(creations.filter((action) => first.has(action)));
  await run(creations.filter((action) => !first.has(action)));
  return plan.actions.map(
    (action) =>
      outcomes.get(action) ?? {
        action,
        status: 'not-started',
        detail: `${actionWords(action)}: not begun, since the run was stopped before`,
      },
  );
}

/** One of each type goes first: what EC2 says of it holds for the others. */
function firstOfEachType(actions: readonly SessionAction[]): ReadonlySet<SessionAction> {
  const byType = new Map<string, SessionAction>();
  for (const action of actions)
    if (action.kind === 'create-session' && !byType.has(action.instanceType))
      byType.set(action.instanceType, action);
  return new Set(byType.values());
}

function learn(
  learned: Learned,
  { instanceType, targetId, interfaceId }: Extract<SessionAction, { kind: 'create-session' }>,
  kind: ReturnType<typeof classify>['kind'],
  detail: string,
): void {
  if (kind === 'type') learned.ineligibleTypes.set(instanceType, detail);
  else if (kind === 'target-full') learned.fullTargets.add(targetId);
  else if (kind === 'account-full') learned.accountFull = detail;
  if (kind === 'account-full' || kind === 'refused') learned.refusedInterfaces.set(interfaceId, detail);
}

function knownRefusal(action: SessionAction, learned: Learned): string | undefined {
  if (action.kind !== 'create-session') return undefined;
  if (learned.accountFull !== undefined) {
    learned.refusedInterfaces.set(action.interfaceId, learned.accountFull);
    return learned.accountFull;
  }
  const type = learned.ineligibleTypes.get(action.instanceType);
  if (type !== undefined) return `${action.instanceType}: ${type}`;
  return learned.fullTargets.has(action.targetId)
    ? `${action.targetId} has taken all the sources it can`
    : undefined;
}
