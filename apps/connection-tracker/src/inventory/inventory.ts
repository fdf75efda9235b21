/** What a public network interface belongs to. */
export type EndpointKind =
  | 'instance'
  | 'classic-load-balancer'
  | 'load-balancer'
  | 'database'
  | 'nat-gateway'
  | 'other';

/** A network interface that can be reached from outside. */
export interface PublicInterface {
  readonly interfaceId: string;
  readonly kind: EndpointKind;
  readonly description: string;
  /** Every address of it, private and public, IPv4 and IPv6, to the public address that is shown for it. */
  readonly publicAddressOf: Readonly<Record<string, string>>;
  /** The name that was found: an instance's Name tag, a DNS name; undefined: none. */
  readonly name: string | undefined;
  /** The primary private IPv4 address. */
  readonly privateAddress: string | undefined;
}

/** The public interfaces of one account in one region at one time; plain, serialisable. */
export interface Inventory {
  readonly accountId: string;
  readonly region: string;
  /** Milliseconds since 1970. */
  readonly observedAtMs: number;
  readonly interfaces: Readonly<Record<string, PublicInterface>>;
  /** Public addresses of databases to their host names, for the names of sources. */
  readonly databaseNames: Readonly<Record<string, string>>;
  /** Availability zones, for the names of NAT instances. */
  readonly zones: readonly string[];
  /** Parts that could not be read, in words; names are poorer for them, counts are not. */
  readonly shortfalls: readonly string[];
}

/**
 * The label of a destination, as the original names it: `<Name tag>/<public ip>` for instances (the bare private address
 * without a tag), the DNS name of a load balancer (else its description), the host name of a database (else
 * `RDS/<public ip>`), `<description>/<public ip>` for everything else.
 */
export function destinationLabel(endpoint: PublicInterface, address: string): string {
  const shown = endpoint.publicAddressOf[address] ?? address;
  switch (endpoint.kind) {
    case 'instance':
      return endpoint.name === undefined ? (endpoint.privateAddress ?? shown) : `${endpoint.name}/${shown}`;
    case 'classic-load-balancer':
    case 'load-balancer':
      return endpoint.name ?? endpoint.description;
    case 'database':
      return endpoint.name ?? `RDS/${shown}`;
    default:
      return `${endpoint.name ?? endpoint.description}/${shown}`;
  }
}
