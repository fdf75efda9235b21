import type { Family } from './cidr.js';
import { canonicalBlock, formatAddress, parseBlock, widthOf } from './cidr.js';
import { Fields, toInteger } from './fields.js';

/** A network interface. */
export interface Link {
  readonly index: number;
  /** Its name; bytes that are not UTF-8 are lone surrogates (see `decodeBytes`). */
  readonly name: string;
  /** `UP` (set up by the administrator), `LOWER_UP` (carrier), `LOOPBACK` and the others of if_link.h. */
  readonly flags: readonly string[];
  readonly mtuBytes: number | undefined;
  /** The driver kind of a virtual interface (`veth`, `bridge`, `vlan`); undefined for a physical one. */
  readonly kind: string | undefined;
  /** ARPHRD number: 1 Ethernet, 772 loopback. */
  readonly linkType: number | undefined;
  readonly operationalState: string | undefined;
  /** Link-layer address in lower case. */
  readonly macAddress: string | undefined;
  /** The address burnt in, where it differs from `macAddress`. */
  readonly permanentMacAddress: string | undefined;
  /** Name of the bridge or bond that owns it. */
  readonly master: string | undefined;
  /** Name of the lower device (`link`), such as the parent of a VLAN. */
  readonly parent: string | undefined;
  /** Alternative names. */
  readonly alternativeNames: readonly string[];
}

/** An address of an interface. */
export interface Address {
  readonly family: Family;
  /** Name of the interface. */
  readonly link: string;
  readonly linkIndex: number;
  /** Canonical text without a length. */
  readonly address: string;
  readonly prefixLength: number;
  /** Peer address of a point-to-point assignment. */
  readonly peer: string | undefined;
  /** rtnetlink scope: 0 global, 200 site, 253 link, 254 host. */
  readonly scope: number;
  /** IFA flags printed as booleans: `secondary`, `deprecated`, `tentative`, `dadfailed`, `temporary`, `dynamic`. */
  readonly flags: readonly string[];
}

/** An interface with its addresses, and why some of them were left out. */
export interface ParsedLink {
  readonly link: Link;
  readonly addresses: readonly Address[];
  readonly skipped: readonly string[];
}

/** One object of `ip -j -N -d address show`; a sentence when it cannot be used. */
export function parseLink(source: Readonly<Record<string, unknown>>): ParsedLink | string {
  const fields = new Fields(source);
  const index = fields.integer('ifindex');
  const name = fields.text('ifname');
  if (index === undefined || index === 0) return 'no usable ifindex';
  if (name === undefined || name === '') return 'no usable ifname';
  const info = fields.object('linkinfo');
  const parsed: Link = {
    index,
    name,
    flags: fields.texts('flags'),
    mtuBytes: fields.integer('mtu'),
    kind: info === undefined ? undefined : new Fields(info).text('info_kind'),
    linkType: parseLinkType(fields.text('link_type')),
    operationalState: fields.text('operstate'),
    macAddress: fields.text('address')?.toLowerCase(),
    permanentMacAddress: fields.text('permaddr')?.toLowerCase(),
    master: fields.text('master'),
    parent: fields.text('link'),
    alternativeNames: fields.texts('altnames'),
  };
  const addresses: Address[] = [];
  const skipped: string[] = [];
  for (const item of fields.objects('addr_info')) {
    // Entries of links without an address of the family are printed as empty objects by some versions.
    if (Object.keys(item).length === 0) continue;
    const address = parseLinkAddress(item, parsed);
    if (typeof address === 'string') skipped.push(address);
    else addresses.push(address);
  }
  const result: ParsedLink = { link: parsed, addresses, skipped };
  return result;
}

const linkTypes: Readonly<Record<string, number>> = { ether: 1, loopback: 772, none: 65534 };

// Without its names file, or with -N, ip prints the ARPHRD number in brackets.
function parseLinkType(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const number = /^\[(\d{1,5})\]$/.exec(text)?.[1];
  return number === undefined ? linkTypes[text] : Number(number);
}

const scopes: Readonly<Record<string, number>> = { global: 0, site: 200, link: 253, host: 254, nowhere: 255 };

function parseLinkAddress(source: Readonly<Record<string, unknown>>, owner: Link): Address | string {
  const fields = new Fields(source);
  const family = fields.text('family');
  if (family !== 'inet' && family !== 'inet6') return `address of unknown family on ${owner.name}`;
  const local = fields.text('local') ?? '';
  const address = local.includes('/') ? undefined : canonicalBlock(local)?.replace(/\/\d+$/, '');
  if (address === undefined || address.includes(':') !== (family === 'inet6'))
    return `unreadable ${family} address on ${owner.name}`;
  const prefixLength = fields.integer('prefixlen');
  if (prefixLength === undefined || prefixLength > widthOf(family))
    return `unreadable prefix length on ${owner.name}`;
  const scope = fields.text('scope');
  const peer = parseBlock(fields.text('address') ?? '');
  const parsed: Address = {
    family,
    link: owner.name,
    linkIndex: owner.index,
    address,
    prefixLength,
    peer: peer === undefined ? undefined : formatAddress(peer.family, peer.base),
    scope: toInteger(scope) ?? (scope === undefined ? 0 : (scopes[scope] ?? 0)),
    flags: Object.keys(source).filter((key) => source[key] === true),
  };
  return parsed;
}
