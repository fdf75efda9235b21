import { z } from 'zod';
import { dayOf, daysBetween, type Shard } from '../../model/index.js';
import type { DayRange } from '../../store/index.js';
import type { KnownShards } from '../known-shards.js';
import { HttpProblem } from '../problem.js';
import { accountIdSchema, daySchema, regionSchema } from '../schemas.js';

/** Days that one request may span. */
export const MAX_DAYS = 400;

/** Of every request over a range of days. */
export const rangeShape: {
  from: z.ZodOptional<z.ZodString>;
  to: z.ZodOptional<z.ZodString>;
} = {
  from: daySchema.optional().meta({ description: 'First UTC day, YYYY-MM-DD; default: the last one' }),
  to: daySchema.optional().meta({ description: 'Last UTC day, YYYY-MM-DD; default: today' }),
};

/** Of every request over some accounts and regions. */
export const shardShape: {
  account: z.ZodOptional<z.ZodString>;
  region: z.ZodOptional<z.ZodString>;
} = {
  account: accountIdSchema.optional().meta({ description: 'Only this account' }),
  region: regionSchema.optional().meta({ description: 'Only this region' }),
};

/** @throws HttpProblem 400 for a range that is backwards or too long */
export function rangeOf(
  input: { readonly from?: string | undefined; readonly to?: string | undefined },
  nowMs: number,
): DayRange & { readonly days: readonly string[] } {
  const to = input.to ?? dayOf(nowMs);
  const from = input.from ?? to;
  const days = daysBetween(from, to);
  if (days.length === 0) throw new HttpProblem(400, 'Bad query: from is after to');
  if (days.length > MAX_DAYS) throw new HttpProblem(400, `Bad query: more than ${MAX_DAYS} days`);
  return { from, to, days };
}

export function shardsOf(
  { shards }: KnownShards,
  input: { readonly account?: string | undefined; readonly region?: string | undefined },
): Shard[] {
  return shards.filter(
    ({ accountId, region }) =>
      (input.account === undefined || input.account === accountId) &&
      (input.region === undefined || input.region === region),
  );
}
