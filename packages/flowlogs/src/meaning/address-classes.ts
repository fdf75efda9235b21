import { FlowLogsError } from '../errors.js';
import { type Address, parseAddress } from '../record/address.js';
import { bundledAwsRanges } from './bundled-aws-ranges.js';
import { type AwsOwner, type AwsRanges, superset } from './aws-ranges.js';
import { type Prefix, parsePrefix } from './prefix.js';
import { PrefixTable } from './prefix-table.js';
import { type SpecialPurpose, specialPurposePrefixes } from './special-purpose.js';

/** What is known about an address. */
export interface AddressClass {
  /** Whether it can be reached across the internet: in no special-purpose registry, or in one as reachable. */
  readonly isPublic: boolean;
  readonly special?: SpecialPurpose;
  readonly aws?: AwsOwner;
  /** Name of the most specific named network around it. */
  readonly network?: string;
}

export interface AddressClassOptions {
  /** Default: the small table that comes with this package. */
  readonly awsRanges?: AwsRanges;
  /** Networks of one's own: prefixes by name. */
  readonly networks?: Readonly<Record<string, string | readonly string[]>>;
  /** Whether 100.64.0.0/10, which providers share among customers, counts as public. Default false. */
  readonly sharedIsPublic?: boolean;
}

/** Special-purpose registries, AWS's ranges and named networks, for both families in one longest-prefix table. */
export class AddressClasses {
  readonly #table = new PrefixTable<AddressClass>();

  /** @throws FlowLogsError NET_FLOWLOGS_ARGUMENT for a network that is no prefix */
  constructor(options: AddressClassOptions = {}) {
    const layers = [
      ...specialLayers(options.sharedIsPublic ?? false),
      ...(options.awsRanges ?? bundledAwsRanges()).prefixes.map(({ prefix, owner }) => ({
        prefix,
        class: { aws: owner },
      })),
      ...networkLayers(options.networks ?? {}),
    ];
    // A longer prefix takes over what shorter ones around it say, so that one look-up answers everything.
    layers.sort((a, b) => a.prefix.length - b.prefix.length);
    const seen = new Map<string, AddressClass>();
    for (const { prefix, class: own } of layers) {
      const key = `${prefix.length} ${JSON.stringify(prefix.address)}`;
      const around = seen.get(key) ?? this.#table.match(prefix.address) ?? everywhere;
      const merged = mergeClass(around, own);
      seen.set(key, merged);
      this.#table.add(prefix, merged);
    }
  }

  /** Undefined when the text is no address. */
  of(address: string | Address): AddressClass | undefined {
    const parsed = typeof address === 'string' ? parseAddress(address) : address;
    return parsed === undefined ? undefined : (this.#table.match(parsed) ?? everywhere);
  }

  of4(value: number): AddressClass {
    return this.#table.match4(value) ?? everywhere;
  }

  of6(a: number, b: number, c: number, d: number): AddressClass {
    return this.#table.match6(a, b, c, d) ?? everywhere;
  }
}

const everywhere: AddressClass = { isPublic: true };

interface Layer {
  readonly prefix: Prefix;
  readonly class: Partial<AddressClass>;
}

function specialLayers(sharedIsPublic: boolean): Layer[] {
  return specialPurposePrefixes.map(({ prefix, ...special }) => ({
    prefix: parsePrefix(prefix)!,
    class: {
      special,
      isPublic: special.isGloballyReachable || (sharedIsPublic && prefix === '100.64.0.0/10'),
    },
  }));
}

function networkLayers(networks: Readonly<Record<string, string | readonly string[]>>): Layer[] {
  return Object.entries(networks).flatMap(([network, prefixes]) =>
    (typeof prefixes === 'string' ? [prefixes] : prefixes).map((text) => {
      const prefix = parsePrefix(text);
      if (prefix === undefined) {
        throw new FlowLogsError(
          'NET_FLOWLOGS_ARGUMENT',
          `${text} of network ${network} is no address prefix`,
        );
      }
      return { prefix, class: { network } };
    }),
  );
}

function mergeClass(around: AddressClass, own: Partial<AddressClass>): AddressClass {
  const merged = { ...around, ...own };
  if (own.aws?.service === superset && around.aws !== undefined && around.aws.service !== superset) {
    return { ...merged, aws: { ...own.aws, service: around.aws.service } };
  }
  return merged;
}
