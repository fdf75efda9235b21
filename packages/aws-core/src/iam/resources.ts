import { partitionOfRegion } from '../ids/arn.js';
import { resourceKindOf } from '../ids/resource-ids.js';

/** Where a call was made; the account is `*` while nobody asked for it. */
export interface CallPlace {
  readonly region: string;
  readonly accountId: string | undefined;
}

/**
 * ARNs of the resources that an EC2 write names in its members: ids become ARNs, ARNs stay. Reads are asked for
 * without resources: EC2's describe calls do not know resource-level permissions.
 */
export function resourcesOf(
  prefix: string,
  operation: string,
  input: Readonly<Record<string, unknown>>,
  place: CallPlace,
): readonly string[] {
  if (/^(Describe|Get|List)/.test(operation)) return [];
  const found = new Set<string>();
  visit(input, (text) => {
    if (text.startsWith('arn:')) found.add(text);
    const kind = prefix === 'ec2' ? resourceKindOf(text) : undefined;
    if (kind !== undefined) {
      const partition = partitionOfRegion(place.region);
      found.add(`arn:${partition}:ec2:${place.region}:${place.accountId ?? '*'}:${kind}/${text}`);
    }
  });
  return [...found].sort();
}

function visit(value: unknown, take: (text: string) => void, depth = 0): void {
  if (typeof value === 'string') take(value);
  else if (Array.isArray(value)) {
    for (const item of value) visit(item, take, depth);
  } else if (typeof value === 'object' && value !== null && !(value instanceof Uint8Array) && depth < 8) {
    for (const item of Object.values(value)) visit(item, take, depth + 1);
  }
}
