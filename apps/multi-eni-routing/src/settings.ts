import type { Ownership } from '@net/iproute';

import { EniRoutingError } from './errors.js';

/** What decides the wanted state, besides the host itself. */
export interface Settings {
  /**
   * Interface names to manage, with `*` and `?`. Empty: every physical Ethernet interface, and every one that
   * the source names by its MAC address.
   */
  readonly interfaces: readonly string[];
  /** Interface names to leave alone, with `*` and `?`. */
  readonly exclude: readonly string[];
  /** Blocks delegated to an interface that no source tells: `eth1` to `['10.0.1.16/28']`. */
  readonly prefixes: readonly { readonly interface: string; readonly block: string }[];
  /** Priority of the first address rule, 1010 to 31000; the block from 10 below to 1999 above is ours. */
  readonly priority: number;
  /** First routing table, 1000 to 4294960000; the block of 1000 tables from it is ours. */
  readonly table: number;
  /** rtnetlink protocol number that marks what is ours, 5 to 255. */
  readonly protocol: number;
  /** Connection marks for forwarded traffic and for addresses that are not local. */
  readonly connmark: boolean;
  /** Bits of the mark that are ours: at least 4 adjacent ones of 32. */
  readonly connmarkMask: number;
  /** Rewrites the source of forwarded packets to the address of the interface they leave by. */
  readonly masquerade: boolean;
}

/** Name of the nftables table that is ours. */
export const nftTableName = { family: 'inet', name: 'multi_eni_routing' } as const;

/** How many interfaces the blocks have room for. */
export const slotCount = 1000;

export const defaultSettings: Settings = {
  interfaces: [],
  exclude: [],
  prefixes: [],
  priority: 10_000,
  table: 42_000,
  protocol: 146,
  connmark: false,
  connmarkMask: 0x00ff0000,
  masquerade: false,
};

/** The priorities that follow from the first one, in the order the kernel looks at them. */
export function prioritiesOf(settings: Settings): {
  readonly addressToSubnet: number;
  readonly prefixToSubnet: number;
  readonly addressToOthers: number;
  readonly prefixToOthers: number;
  readonly mark: number;
  readonly main: number;
  readonly address: number;
  readonly prefix: number;
} {
  const { priority } = settings;
  return {
    addressToSubnet: priority - 10,
    prefixToSubnet: priority - 9,
    addressToOthers: priority - 8,
    prefixToOthers: priority - 7,
    mark: priority - 5,
    main: priority - 1,
    address: priority,
    prefix: priority + slotCount,
  };
}

/** The mark of ownership that follows from the settings. */
export function ownershipOf(settings: Settings): Ownership {
  return {
    protocol: settings.protocol,
    tables: { first: settings.table, last: settings.table + slotCount - 1 },
    priorities: { first: settings.priority - 10, last: settings.priority + 2 * slotCount - 1 },
    nftTable: nftTableName,
  };
}

/**
 * Checks values that come from outside.
 *
 * @throws {EniRoutingError} NET_ENI_ROUTING_CONFIG naming the value.
 */
export function checkSettings(settings: Settings): Settings {
  const within = (name: string, value: number, first: number, last: number): void => {
    if (!Number.isInteger(value) || value < first || value > last)
      throw new EniRoutingError(
        'NET_ENI_ROUTING_CONFIG',
        `${name} ${value} is not within ${first} and ${last}`,
      );
  };
  within('priority', settings.priority, 1010, 30_700);
  within('table', settings.table, 1000, 4_294_960_000);
  within('protocol', settings.protocol, 5, 255);
  within('connmark mask', settings.connmarkMask, 1, 0xffffffff);
  const bits = settings.connmarkMask / lowestBit(settings.connmarkMask) + 1;
  if (Math.log2(bits) % 1 !== 0 || bits < 16)
    throw new EniRoutingError('NET_ENI_ROUTING_CONFIG', 'the connmark mask must be at least 4 adjacent bits');
  return settings;
}

/** The lowest bit that is set, as a number. */
export function lowestBit(mask: number): number {
  return (mask & -mask) >>> 0;
}
