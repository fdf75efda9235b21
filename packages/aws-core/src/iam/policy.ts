/** One statement of an identity-based policy ("IAM JSON policy elements", IAM User Guide). */
export interface PolicyStatement {
  readonly Sid?: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

/** An identity-based policy. */
export interface PolicyDocument {
  readonly Version: '2012-10-17';
  readonly Statement: readonly PolicyStatement[];
}

/** A policy of these statements. */
export function policyDocument(statements: readonly PolicyStatement[]): PolicyDocument {
  return { Version: '2012-10-17', Statement: statements };
}

/** The text of a policy: two blanks of indentation, actions and resources in order, without repetition. */
export function printPolicy(policy: PolicyDocument): string {
  const statements = policy.Statement.map((statement) => ({
    ...(statement.Sid === undefined ? {} : { Sid: statement.Sid }),
    Effect: statement.Effect,
    Action: sorted(statement.Action),
    Resource: sorted(statement.Resource),
    ...(statement.Condition === undefined ? {} : { Condition: statement.Condition }),
  }));
  return JSON.stringify({ Version: policy.Version, Statement: statements }, undefined, 2);
}

/** Whether a pattern of a policy, with `*` and `?`, takes in a value. Actions are compared without case by callers. */
export function matchesPattern(pattern: string, value: string): boolean {
  // Greedy with one way back: linear in practice, and no regular expression to run away.
  let p = 0;
  let v = 0;
  let star = -1;
  let mark = 0;
  while (v < value.length) {
    if (p < pattern.length && (pattern[p] === '?' || (pattern[p] !== '*' && pattern[p] === value[v]))) {
      p += 1;
      v += 1;
    } else if (pattern[p] === '*') {
      star = p;
      mark = v;
      p += 1;
    } else if (star >= 0) {
      p = star + 1;
      mark += 1;
      v = mark;
    } else return false;
  }
  while (pattern[p] === '*') p += 1;
  return p === pattern.length;
}

function sorted(value: string | readonly string[]): string | readonly string[] {
  const list = [...new Set([value].flat())].sort();
  return list.length === 1 ? list[0]! : list;
}
