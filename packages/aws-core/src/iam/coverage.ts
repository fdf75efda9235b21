import { type PolicyDocument, type PolicyStatement, matchesPattern } from './policy.js';
import type { RecordedCall } from './record-calls.js';

/** How a policy and recorded calls fit. */
export interface Coverage {
  /** `true` when nothing is missing and nothing is unused. */
  readonly isExact: boolean;
  /** Calls that no statement allows, as `action on resource`. */
  readonly missing: readonly string[];
  /** Actions of the policy, as it writes them, that no call needed. */
  readonly unused: readonly string[];
}

/**
 * Compares a policy with the calls that were made: every call allowed (and not denied), every action of it used.
 * Conditions are taken as met. Where the resource of a call is not known, its action alone is compared.
 */
export function coversExactly(policy: PolicyDocument, calls: readonly RecordedCall[]): Coverage {
  const missing = new Set<string>();
  for (const call of calls) {
    const resources = call.resources.length === 0 ? [undefined] : call.resources;
    for (const resource of resources) {
      if (!isAllowed(policy, call.action, resource)) missing.add(`${call.action} on ${resource ?? '*'}`);
    }
  }
  const unused = policy.Statement.filter((statement) => statement.Effect === 'Allow')
    .flatMap((statement) => [statement.Action].flat())
    .filter((pattern) => !calls.some((call) => matchesAction(pattern, call.action)));
  const list = [...missing].sort();
  return {
    isExact: list.length === 0 && unused.length === 0,
    missing: list,
    unused: [...new Set(unused)].sort(),
  };
}

function isAllowed(policy: PolicyDocument, action: string, resource: string | undefined): boolean {
  const hits = policy.Statement.filter((statement) => applies(statement, action, resource));
  return (
    hits.some((statement) => statement.Effect === 'Allow') &&
    !hits.some((statement) => statement.Effect === 'Deny')
  );
}

function applies(statement: PolicyStatement, action: string, resource: string | undefined): boolean {
  if (![statement.Action].flat().some((pattern) => matchesAction(pattern, action))) return false;
  if (resource === undefined) return true;
  return [statement.Resource].flat().some((pattern) => matchesPattern(pattern, resource));
}

// IAM compares actions without case.
function matchesAction(pattern: string, action: string): boolean {
  return matchesPattern(pattern.toLowerCase(), action.toLowerCase());
}
