import { SandboxError } from '../errors.js';

/** One statement of an identity-based policy, as in IAM's JSON grammar. */
export interface PolicyStatement {
  readonly Sid?: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Action?: string | readonly string[];
  readonly NotAction?: string | readonly string[];
  readonly Resource?: string | readonly string[];
  readonly NotResource?: string | readonly string[];
}

/** An identity-based policy document. */
export interface PolicyDocument {
  readonly Version?: string;
  readonly Id?: string;
  readonly Statement: PolicyStatement | readonly PolicyStatement[];
}

/** A policy ready to be evaluated. */
export interface Policy {
  readonly document: PolicyDocument;
  readonly statements: readonly PolicyStatement[];
}

/** Outcome of an evaluation: `none` is the implicit deny. */
export type Verdict = 'allow' | 'deny' | 'none';

const STATEMENT_KEYS = new Set(['Sid', 'Effect', 'Action', 'NotAction', 'Resource', 'NotResource']);

/**
 * Checks a policy document. Conditions and principals are refused, because this evaluation does not know
 * them and must not pretend to.
 *
 * @throws {SandboxError} NET_SANDBOX_POLICY with the statement's position
 */
export function parsePolicy(source: string | object): Policy {
  const document = (typeof source === 'string' ? parseJson(source) : source) as Partial<PolicyDocument>;
  if (document.Statement === undefined) throw invalid('it has no Statement');
  const statements = [document.Statement].flat();
  statements.forEach((statement: PolicyStatement, index) => {
    const where = `Statement ${index}`;
    const unknown = Object.keys(statement).find((key) => !STATEMENT_KEYS.has(key));
    if (unknown !== undefined) throw invalid(`${where}: ${unknown} is not supported by this evaluation`);
    const effect: string = statement.Effect;
    if (effect !== 'Allow' && effect !== 'Deny') throw invalid(`${where}: Effect must be Allow or Deny`);
    if ((statement.Action === undefined) === (statement.NotAction === undefined)) {
      throw invalid(`${where}: exactly one of Action and NotAction is needed`);
    }
    if ((statement.Resource === undefined) === (statement.NotResource === undefined)) {
      throw invalid(`${where}: exactly one of Resource and NotResource is needed`);
    }
  });
  return { document: document as PolicyDocument, statements };
}

/** IAM's evaluation of identity-based policies: an explicit deny wins, else any allow, else none. */
export function evaluate(policies: readonly Policy[], action: string, resource: string): Verdict {
  let verdict: Verdict = 'none';
  for (const policy of policies) {
    for (const statement of policy.statements) {
      if (!applies(statement, action, resource)) continue;
      if (statement.Effect === 'Deny') return 'deny';
      verdict = 'allow';
    }
  }
  return verdict;
}

function applies(statement: PolicyStatement, action: string, resource: string): boolean {
  const actionMatches =
    statement.Action !== undefined
      ? anyMatch(statement.Action, action, true)
      : !anyMatch(statement.NotAction ?? [], action, true);
  const resourceMatches =
    statement.Resource !== undefined
      ? anyMatch(statement.Resource, resource, false)
      : !anyMatch(statement.NotResource ?? [], resource, false);
  return actionMatches && resourceMatches;
}

function anyMatch(patterns: string | readonly string[], value: string, ignoreCase: boolean): boolean {
  return [patterns].flat().some((pattern) => matchesWildcard(pattern, value, ignoreCase));
}

/** `*` for any run of characters, `?` for one; linear in practice, no backtracking blow-up. */
export function matchesWildcard(pattern: string, value: string, ignoreCase = false): boolean {
  const wanted = ignoreCase ? pattern.toLowerCase() : pattern;
  const given = ignoreCase ? value.toLowerCase() : value;
  let at = 0;
  let star = -1;
  let retry = 0;
  for (let index = 0; index < given.length; ) {
    const token = wanted[at];
    if (token === '*') {
      star = at++;
      retry = index;
    } else if (token !== undefined && (token === '?' || token === given[index])) {
      at++;
      index++;
    } else if (star >= 0) {
      at = star + 1;
      index = ++retry;
    } else {
      return false;
    }
  }
  while (wanted[at] === '*') at++;
  return at === wanted.length;
}

function parseJson(source: string): object {
  try {
    return JSON.parse(source) as object;
  } catch (cause) {
    throw new SandboxError('NET_SANDBOX_POLICY', 'the policy is not JSON', { cause });
  }
}

function invalid(reason: string): SandboxError {
  return new SandboxError('NET_SANDBOX_POLICY', `the policy cannot be used: ${reason}`);
}
