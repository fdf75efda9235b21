import { createHash } from 'node:crypto';

/** How long a token stays the same. EC2 remembers tokens for a day, and answers a deleted session for its old one. */
const PERIOD_MS = 900_000;

/**
 * A token of what is asked for: a retry and a second run at the same time ask for the same thing, once. It changes every
 * quarter of an hour and with each attempt, so that what was deleted meanwhile can be created again.
 */
export function clientToken(
  parts: readonly (string | number | undefined)[],
  atMs: number,
  attempt: number,
): string {
  const text = JSON.stringify([...parts.map((part) => part ?? null), Math.floor(atMs / PERIOD_MS), attempt]);
  return createHash('sha256').update(text).digest('base64url');
}
