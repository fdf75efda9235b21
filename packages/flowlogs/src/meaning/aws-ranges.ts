import { FlowLogsError } from '../errors.js';
import { type Prefix, parsePrefix } from './prefix.js';

/** To whom at AWS an address belongs. */
export interface AwsOwner {
  /** The most specific service of the prefix; `AMAZON` when none is named. */
  readonly service: string;
  /** Region, or `GLOBAL`. */
  readonly region: string;
  /** Where the prefix is advertised: a region, Local Zone or Wavelength Zone; equals the region when not said. */
  readonly networkBorderGroup: string;
}

/** AWS's published address ranges. */
export interface AwsRanges {
  /** `syncToken` of the publication: seconds since 1970. */
  readonly syncToken: string;
  readonly prefixes: readonly { readonly prefix: Prefix; readonly owner: AwsOwner }[];
}

/**
 * Reads the JSON that AWS publishes as `ip-ranges.json`, parsed or as text. Where several services share a prefix, the
 * one with the smallest address space is named, and `AMAZON`, the superset of all, only where no other is.
 * Source: Amazon VPC User Guide, "AWS IP address ranges".
 * @throws FlowLogsError NET_FLOWLOGS_ARGUMENT when it is something else
 */
export function parseAwsRanges(json: unknown): AwsRanges {
  const document = typeof json === 'string' ? parseJson(json) : json;
  if (typeof document !== 'object' || document === null) throw notRanges('it is no object');
  const {
    syncToken,
    prefixes,
    ipv6_prefixes: prefixes6 = [],
  } = document as Readonly<Record<string, unknown>>;
  if (!Array.isArray(prefixes) || !Array.isArray(prefixes6)) throw notRanges('it has no list "prefixes"');
  const entries = [...(prefixes as unknown[]), ...(prefixes6 as unknown[])].map(readEntry);
  const space = new Map<string, number>();
  for (const { prefix, owner } of entries) {
    const size = 2 ** ((prefix.address.family === 4 ? 32 : 64) - prefix.length);
    space.set(owner.service, (space.get(owner.service) ?? 0) + size);
  }
  const best = new Map<string, (typeof entries)[number]>();
  for (const candidate of entries) {
    const key = `${candidate.prefix.length} ${JSON.stringify(candidate.prefix.address)}`;
    const known = best.get(key);
    if (known === undefined || isMoreSpecific(candidate.owner, known.owner, space)) best.set(key, candidate);
  }
  return { syncToken: typeof syncToken === 'string' ? syncToken : '', prefixes: [...best.values()] };
}

function isMoreSpecific(a: AwsOwner, b: AwsOwner, space: ReadonlyMap<string, number>): boolean {
  if ((a.service === superset) !== (b.service === superset)) return b.service === superset;
  return (space.get(a.service) ?? 0) < (space.get(b.service) ?? 0);
}

export const superset = 'AMAZON';

function readEntry(entry: unknown): { prefix: Prefix; owner: AwsOwner } {
  const fields = (typeof entry === 'object' && entry !== null ? entry : {}) as Readonly<
    Record<string, unknown>
  >;
  const { region, service, network_border_group: group = region } = fields;
  const text = fields['ip_prefix'] ?? fields['ipv6_prefix'];
  const prefix = typeof text === 'string' ? parsePrefix(text) : undefined;
  if (
    prefix === undefined ||
    typeof region !== 'string' ||
    typeof service !== 'string' ||
    typeof group !== 'string'
  ) {
    throw notRanges(`an entry is not understood: ${JSON.stringify(entry).slice(0, 200)}`);
  }
  return { prefix, owner: { service, region, networkBorderGroup: group } };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw notRanges((error as Error).message, error);
  }
}

function notRanges(why: string, cause?: unknown): FlowLogsError {
  const message = `this is not AWS's ip-ranges.json: ${why}`;
  return new FlowLogsError('NET_FLOWLOGS_ARGUMENT', message, cause === undefined ? undefined : { cause });
}
