import { AwsInputError } from './errors/aws-error.js';

/** A tag as EC2 and most services have it. */
export interface Tag {
  readonly Key: string;
  readonly Value: string;
}

/** Tags as an object; the order of keys is kept. */
export type Tags = Readonly<Record<string, string>>;

/** A filter of EC2's describe calls. */
export interface TagFilter {
  readonly Name: string;
  readonly Values: string[];
}

/** Tags of an answer as an object without a prototype; entries without a key are left out. */
export function tagsFromList(
  list: readonly { readonly Key?: string | undefined; readonly Value?: string | undefined }[] | undefined,
): Tags {
  const tags = Object.create(null) as Record<string, string>;
  for (const { Key, Value } of list ?? []) {
    if (Key !== undefined) tags[Key] = Value ?? '';
  }
  return tags;
}

/** Tags for a request, checked; `Name` first, as consoles show it. */
export function tagList(tags: Tags): Tag[] {
  validateTags(tags);
  const entries = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
  return entries.sort((a, b) => Number(b.Key === 'Name') - Number(a.Key === 'Name'));
}

/** The value of the tag `Name`, if it says anything. */
export function nameTag(tags: Tags): string | undefined {
  const name = Object.hasOwn(tags, 'Name') ? tags['Name'] : undefined;
  return name === undefined || name.trim() === '' ? undefined : name;
}

/** Filters for resources that have every one of the tags; `undefined` as value asks for the key alone. */
export function tagFilters(tags: Readonly<Record<string, string | undefined>>): TagFilter[] {
  return Object.entries(tags).map(([key, value]) =>
    value === undefined
      ? { Name: 'tag-key', Values: [escaped(key)] }
      : { Name: `tag:${key}`, Values: [escaped(value)] },
  );
}

/**
 * Checks tags against the restrictions of the EC2 User Guide ("Tag your Amazon EC2 resources"): 50 a resource,
 * keys of 1 to 128 and values of 0 to 256 Unicode characters, no key that begins with `aws:` in any case.
 *
 * @throws {AwsInputError} NET_AWS_TAG with the key
 */
export function validateTags(tags: Tags): void {
  const entries = Object.entries(tags);
  if (entries.length > 50) throw invalid(`${entries.length} tags are more than 50`);
  for (const [key, value] of entries) {
    const shown = JSON.stringify(key.slice(0, 60));
    if (key === '') throw invalid('a key is empty');
    if (charactersOf(key) > 128) throw invalid(`the key ${shown} is longer than 128 characters`);
    if (charactersOf(value) > 256) throw invalid(`the value of ${shown} is longer than 256 characters`);
    if (/^aws:/i.test(key)) throw invalid(`the key ${shown} begins with aws:, which is reserved`);
    if (/[\p{Cc}\p{Cs}]/u.test(key + value)) throw invalid(`${shown} has a control character`);
  }
}

function invalid(reason: string): AwsInputError {
  return new AwsInputError('NET_AWS_TAG', `tags cannot be used: ${reason}`);
}

// Filter values know `*` and `?`; a backslash takes their meaning away.
function escaped(value: string): string {
  return value.replaceAll(/[\\*?]/g, (character) => `\\${character}`);
}

// Unicode code points, as AWS counts.
function charactersOf(text: string): number {
  return Array.from(text).length;
}
