import { categorize } from '@net/aws-core';
import type { MirrorApi } from '../ec2/mirror-api.js';
import type { FilterRule } from '../model/snapshot.js';
import type { FilterSpec } from '../policy/filter-spec.js';
import { clientToken } from './client-token.js';

/** When and how often this is tried: parts of the client tokens. */
export interface Attempt {
  readonly atMs: number;
  readonly attempt: number;
}

/** Creates a filter with its rules and services; its id. Stopped in between, the next run completes it. */
export async function createFilter(
  api: MirrorApi,
  spec: FilterSpec,
  scope: readonly string[],
  { atMs, attempt }: Attempt,
): Promise<string> {
  const content = JSON.stringify(spec);
  const token = clientToken(['filter', ...scope, content], atMs, attempt);
  const filterId = await api.createFilter(spec.description, { Name: spec.name }, token);
  await completeFilter(api, filterId, spec, { atMs, attempt });
  return filterId;
}

/** Adds what a filter lacks. What is there already, since somebody else added it meanwhile, is no failure. */
export async function completeFilter(
  api: MirrorApi,
  filterId: string,
  { rules, services }: { readonly rules: readonly FilterRule[]; readonly services: readonly 'amazon-dns'[] },
  { atMs, attempt }: Attempt,
): Promise<void> {
  for (const rule of rules) {
    const token = clientToken(['rule', filterId, rule.direction, rule.number], atMs, attempt);
    try {
      await api.createFilterRule(filterId, rule, token);
    } catch (error) {
      if (categorize(error).code !== 'TrafficMirrorFilterRuleAlreadyExists') throw error;
    }
  }
  if (services.length > 0) await api.addFilterServices(filterId, services);
}
