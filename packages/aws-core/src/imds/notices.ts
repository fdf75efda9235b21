import type { ImdsClient } from './client.js';
import { ImdsError } from './errors.js';

/** What AWS announces about the end of this instance; undefined where nothing is announced. */
export interface InstanceNotices {
  /** A spot instance is taken back: two minutes' notice. */
  readonly spotAction:
    | { readonly action: 'terminate' | 'stop' | 'hibernate'; readonly atMs: number }
    | undefined;
  /** A spot instance is more likely than usual to be taken back. */
  readonly rebalanceAtMs: number | undefined;
  /** What Auto Scaling moves the instance to: `InService`, `Terminated`, `Warmed:Stopped` and others. */
  readonly targetLifecycleState: string | undefined;
}

/**
 * Reads the notices. Absence is the normal answer and means that there is none.
 *
 * @throws {ImdsError} when the service does not answer or answers with something else
 */
export async function readNotices(imds: ImdsClient, signal?: AbortSignal): Promise<InstanceNotices> {
  const spot = await readJson(imds, SPOT, signal);
  const rebalance = await readJson(imds, REBALANCE, signal);
  const target = await imds.text(TARGET, signal);
  if (target !== undefined && !/^[A-Za-z:]{0,64}$/.test(target)) throw unusable(TARGET, target);
  return {
    spotAction: spot === undefined ? undefined : spotAction(spot),
    rebalanceAtMs: rebalance === undefined ? undefined : timeOf(REBALANCE, rebalance['noticeTime']),
    targetLifecycleState: target === '' ? undefined : target,
  };
}

const SPOT = 'meta-data/spot/instance-action';
const REBALANCE = 'meta-data/events/recommendations/rebalance';
const TARGET = 'meta-data/autoscaling/target-lifecycle-state';

function spotAction(notice: Readonly<Record<string, unknown>>): NonNullable<InstanceNotices['spotAction']> {
  const { action, time } = notice;
  if (action !== 'terminate' && action !== 'stop' && action !== 'hibernate') throw unusable(SPOT, action);
  return { action, atMs: timeOf(SPOT, time) };
}

async function readJson(
  imds: ImdsClient,
  path: string,
  signal: AbortSignal | undefined,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  const text = await imds.text(path, signal);
  if (text === undefined || text === '') return undefined;
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw unusable(path, text);
  }
  if (typeof parsed !== 'object' || parsed === null) throw unusable(path, text);
  return parsed as Readonly<Record<string, unknown>>;
}

function timeOf(path: string, value: unknown): number {
  const timeMs = typeof value === 'string' ? Date.parse(value) : NaN;
  if (Number.isNaN(timeMs)) throw unusable(path, value);
  return timeMs;
}

function unusable(path: string, value: unknown): ImdsError {
  const shown = (JSON.stringify(value) as string | undefined) ?? 'nothing';
  return new ImdsError('NET_AWS_IMDS_INVALID', path, `cannot be used: ${shown.slice(0, 80)}`);
}
