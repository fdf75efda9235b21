import type { EndpointKind } from './inventory.js';

/** What is known of an interface before anything else is asked. */
export interface InterfaceWords {
  readonly description: string;
  readonly interfaceType: string | undefined;
  readonly requesterId: string | undefined;
  readonly instanceId: string | undefined;
}

/** What an interface belongs to, and under which name or id its owner is to be looked up. */
export interface InterfaceOwner {
  readonly kind: EndpointKind;
  readonly key: string | undefined;
}

/**
 * Tells by its description, as services write it (Elastic Load Balancing User Guides, "requester-managed network
 * interfaces"): `ELB name`, `ELB app/name/id`, `ELB net/name/id`, `RDSNetworkInterface`, `Interface for NAT Gateway
 * nat-...`. An interface attached to an instance is the instance's, whatever somebody wrote as its description.
 */
export function ownerOf(words: InterfaceWords): InterfaceOwner {
  const { description, interfaceType, instanceId } = words;
  if (instanceId !== undefined) return { kind: 'instance', key: instanceId };
  const balancer = /^ELB (?:(app|net|gwy)\/([^/]+)\/([^/]+)|(\S+))$/.exec(description);
  if (balancer) {
    const [, type, name, id, classic] = balancer;
    if (classic !== undefined) return { kind: 'classic-load-balancer', key: classic };
    return { kind: 'load-balancer', key: `${type}/${name}/${id}` };
  }
  if (/^RDS/.test(description)) return { kind: 'database', key: undefined };
  if (interfaceType === 'nat_gateway' || interfaceType === 'natGateway' || /NAT Gateway/i.test(description))
    return { kind: 'nat-gateway', key: /nat-[0-9a-f]+/.exec(description)?.[0] };
  // The original takes every interface without a service's description for an instance's.
  if (description === '' || description.startsWith('Primary')) return { kind: 'instance', key: undefined };
  return { kind: 'other', key: undefined };
}
