import { ApiError } from '../errors.js';
import { matchesWildcard } from '../iam/policy.js';
import { type ResourceKindName, checkId, notFound } from './ids.js';
import type { Ec2Context } from './operation.js';

/** A filter as the API takes it. */
export interface Filter {
  readonly Name?: string | undefined;
  readonly Values?: readonly string[] | undefined;
}

type FilterValue = string | number | boolean | undefined;

/** Per filter name, the values a resource has for it; `tag:` and `tag-key` need no entry. */
export type FilterTable<Resource> = Readonly<
  Record<string, (resource: Resource, context: Ec2Context) => FilterValue | readonly FilterValue[]>
>;

/** What a describe operation asks for. */
export interface Listing<Resource> {
  readonly kind: ResourceKindName;
  readonly records: Readonly<Record<string, Resource>>;
  readonly ids: readonly string[] | undefined;
  readonly filters: readonly Filter[] | undefined;
  readonly table: FilterTable<Resource>;
  readonly maxResults: number | undefined;
  readonly nextToken: string | undefined;
  /** Allowed MaxResults. */
  readonly page: PageRange;
  readonly idOf: (resource: Resource) => string;
}

/** Bounds of MaxResults. Some operations take a greater value and answer with `max`. */
export interface PageRange {
  readonly min: number;
  readonly max: number;
  readonly lenient?: boolean;
}

/** One page. */
export interface Page<Item> {
  readonly items: readonly Item[];
  readonly nextToken: string | undefined;
}

/** Ids, filters and pages of a describe operation. */
export function list<Resource>(context: Ec2Context, listing: Listing<Resource>): Page<Resource> {
  const matching = applyFilters(context, chosen(listing), listing.filters, listing.table, listing.idOf);
  return paginate(context, matching, listing);
}

/** Keeps the resources that pass every filter; refuses unknown filters. */
export function applyFilters<Resource>(
  context: Ec2Context,
  resources: readonly Resource[],
  filters: readonly Filter[] | undefined,
  table: FilterTable<Resource>,
  idOf: (resource: Resource) => string,
): readonly Resource[] {
  let kept = resources;
  for (const { Name: name, Values: values } of filters ?? []) {
    if (name === undefined || name === '') {
      throw new ApiError('InvalidParameterValue', 'The filter must have a name.');
    }
    const valuesOf = filterFunction(name, table, idOf);
    const wanted = values ?? [];
    if (wanted.length > 200)
      throw new ApiError('FilterLimitExceeded', 'The maximum number of filter values is 200.');
    const accepts = matcher(wanted);
    kept = kept.filter((resource) => [valuesOf(resource, context)].flat().some(accepts));
  }
  return kept;
}

/** Cuts a page out of a listing, by MaxResults, NextToken and the small-pages fault. */
export function paginate<Item>(
  context: Ec2Context,
  items: readonly Item[],
  request: {
    readonly maxResults: number | undefined;
    readonly nextToken: string | undefined;
    readonly page: PageRange;
  },
): Page<Item> {
  const { maxResults, page } = request;
  if (maxResults !== undefined && (maxResults < page.min || (maxResults > page.max && !page.lenient))) {
    throw new ApiError(
      'InvalidParameterValue',
      `Value ( ${maxResults} ) for parameter maxResults is invalid. Expecting a value between ${page.min} and ${page.max}.`,
    );
  }
  const start = request.nextToken === undefined ? 0 : readToken(request.nextToken);
  // Without MaxResults a listing is whole, unless a test wants small pages.
  const size = Math.min(
    maxResults ?? Number.POSITIVE_INFINITY,
    maxResults === undefined ? Infinity : page.max,
    context.pageLimit ?? Infinity,
  );
  const end = start + size;
  return {
    items: items.slice(start, Number.isFinite(end) ? end : undefined),
    nextToken: end < items.length ? writeToken(end) : undefined,
  };
}

/** Page tokens are opaque to clients and carry a checksum, so that made-up ones are told apart. */
export function writeToken(position: number): string {
  const text = `${position}.${checksum(position)}`;
  return Buffer.from(text).toString('base64');
}

export function readToken(token: string): number {
  const [position = '', sum] = Buffer.from(token, 'base64').toString('latin1').split('.');
  if (!/^\d{1,9}$/.test(position) || sum !== checksum(Number(position))) {
    throw new ApiError('InvalidNextToken', 'The specified NextToken is not valid.');
  }
  return Number(position);
}

function chosen<Resource>(listing: Listing<Resource>): readonly Resource[] {
  const { ids, records, kind } = listing;
  if (ids === undefined || ids.length === 0) return Object.values(records);
  for (const id of ids) checkId(kind, id);
  const missing = ids.filter((id) => !Object.hasOwn(records, id));
  if (missing.length > 0) throw notFound(kind, missing);
  return [...new Set(ids)].map((id) => records[id]!);
}

function filterFunction<Resource>(
  name: string,
  table: FilterTable<Resource>,
  idOf: (resource: Resource) => string,
): FilterTable<Resource>[string] {
  if (name.startsWith('tag:')) {
    const key = name.slice('tag:'.length);
    return (resource, context) => context.state.tags[idOf(resource)]?.[key];
  }
  if (name === 'tag-key') return (resource, context) => Object.keys(context.state.tags[idOf(resource)] ?? {});
  const known = Object.hasOwn(table, name) ? table[name] : undefined;
  if (!known) throw new ApiError('InvalidParameterValue', `The filter '${name}' is invalid`);
  return known;
}

function matcher(wanted: readonly string[]): (value: FilterValue) => boolean {
  const exact = new Set(wanted.filter((value) => !/[*?\\]/.test(value)));
  const patterns = wanted.filter((value) => !exact.has(value));
  return (value) => {
    if (value === undefined) return false;
    const text = String(value);
    return exact.has(text) || patterns.some((pattern) => matchesFilter(pattern, text));
  };
}

// A backslash makes the next character literal ("Using filtering", EC2 User Guide).
function matchesFilter(pattern: string, text: string): boolean {
  if (!pattern.includes('\\')) return matchesWildcard(pattern, text);
  const source = pattern.replace(
    /\\([\s\S])|([*?])|([\s\S])/g,
    (_all, literal?: string, wild?: string, plain?: string) => {
      if (wild !== undefined) return wild === '*' ? '[\\s\\S]*' : '[\\s\\S]';
      return (literal ?? plain ?? '').replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
    },
  );
  return new RegExp(`^${source}$`).test(text);
}

function checksum(position: number): string {
  return ((position * 2654435761) % 4294967296).toString(36);
}
