import type { Ec2State } from '../ec2/state.js';
import { zoneIdOf } from '../ec2/zones.js';

/** An interface as traffic sees it. */
export interface Vantage {
  readonly interfaceId: string;
  readonly accountId: string;
  readonly region: string;
  readonly vpcId: string;
  readonly subnetId: string;
  readonly zoneId: string;
  readonly instanceId: string | undefined;
  readonly primaryAddress: string;
  readonly addresses: readonly string[];
  /** Of the primary address, if it has one. */
  readonly publicAddress: string | undefined;
  readonly ipv6Address: string | undefined;
  readonly isNatGateway: boolean;
}

/** The interfaces of a region, in the order of their ids. */
export function vantagesOf(state: Ec2State): Vantage[] {
  return Object.values(state.networkInterfaces)
    .sort((a, b) => (a.id < b.id ? -1 : 1))
    .flatMap((eni) => {
      const primary = eni.privateIps.find((ip) => ip.primary) ?? eni.privateIps[0];
      if (!primary) return [];
      return [
        {
          interfaceId: eni.id,
          accountId: eni.ownerId,
          region: state.location.region,
          vpcId: eni.vpcId,
          subnetId: eni.subnetId,
          zoneId: zoneIdOf(eni.availabilityZone),
          instanceId: eni.attachment?.instanceId,
          primaryAddress: primary.address,
          addresses: eni.privateIps.map((ip) => ip.address),
          publicAddress: primary.publicIp,
          ipv6Address: eni.ipv6Addresses[0],
          isNatGateway: eni.interfaceType === 'nat_gateway',
        },
      ];
    });
}
