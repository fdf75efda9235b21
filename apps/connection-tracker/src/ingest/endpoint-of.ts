import { destinationLabel, type PublicInterface } from '../inventory/index.js';

/** What a record's destination is called, and whether it is one that is never counted. */
export interface Destination {
  readonly label: string;
  readonly isInstance: boolean;
}

/** Knows public interfaces at a time. */
export interface EndpointLookup {
  /** Undefined: not a public interface. */
  of(interfaceId: string, address: string, atMs: number): Destination | undefined;
}

/** By the inventory of an account and region. */
export function inventoryLookup(history: {
  at(interfaceId: string, timeMs: number): PublicInterface | undefined;
}): EndpointLookup {
  return {
    of: (interfaceId, address, atMs) => {
      const endpoint = history.at(interfaceId, atMs);
      // An IPv6 address of the subnet makes no interface public for its IPv4 addresses.
      if (endpoint === undefined || !Object.hasOwn(endpoint.publicAddressOf, address)) return undefined;
      return { label: destinationLabel(endpoint, address), isInstance: endpoint.kind === 'instance' };
    },
  };
}

/** Without an inventory, as for a file alone: every interface counts, under its id. */
export const everyInterface: EndpointLookup = {
  of: (interfaceId, address) => ({ label: `${interfaceId}/${address}`, isInstance: false }),
};

/** The original never counts its NAT instances and gateways, nor the Odd hosts (SSH jump hosts). */
export function isPassedOver(label: string): boolean {
  return label.includes('NAT') || label.includes('Odd');
}
