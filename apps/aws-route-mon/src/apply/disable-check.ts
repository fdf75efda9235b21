import { categorize } from '@net/aws-core';
import type { CheckAction } from '../decide/action.js';
import type { ApplyParts } from './apply.js';
import type { Outcome } from './outcome.js';

/**
 * Turns the source/dest check of the own interface off. Never rejects. When the answer is lost, or the API is out of
 * order for a moment, the interface is read before the write is sent again, up to four times.
 */
export async function disableCheck(
  action: CheckAction,
  parts: ApplyParts,
  signal?: AbortSignal,
): Promise<Outcome> {
  const { clock, pacer } = parts;
  for (let attempt = 1; ; attempt++) {
    try {
      return await pacer.run(() => once(action, attempt > 1, parts, signal), signal);
    } catch (error) {
      const detail = error instanceof Error ? error.message : String(error);
      const failed: Outcome = { action, status: 'failed', detail, error };
      if (attempt >= 4 || categorize(error).category !== 'transient') return failed;
      try {
        await clock.sleep(LOOK_AGAIN_MS * 2 ** (attempt - 1), signal);
      } catch {
        return failed;
      }
    }
  }
}

const LOOK_AGAIN_MS = 150;

async function once(
  action: CheckAction,
  isRepeated: boolean,
  { api, clock, isDryRun, onWrite }: ApplyParts,
  signal?: AbortSignal,
): Promise<Outcome> {
  if (isRepeated) {
    const [eni] = await api.describeInterfaces([action.interfaceId], signal);
    if (eni?.sourceDestCheck === false)
      return { action, status: 'done', atMs: clock.now(), detail: 'is off' };
  }
  onWrite(action);
  // Once begun a write is not aborted: its outcome would be unknown.
  await api.disableSourceDestCheck(action.interfaceId, { isDryRun });
  if (isDryRun) return { action, status: 'dry-run', detail: 'it would have succeeded' };
  return { action, status: 'done', atMs: clock.now(), detail: 'turned off' };
}
