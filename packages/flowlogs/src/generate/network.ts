import { formatIpv4, formatIpv6 } from '../record/address.js';
import { Random } from './random.js';

/** An interface whose flows are logged. */
export interface Interface {
  readonly interfaceId: string;
  readonly role: 'web' | 'app' | 'database' | 'nat' | 'balancer';
  readonly accountId: string;
  readonly vpcId: string;
  readonly subnetId: string;
  readonly instanceId?: string;
  readonly region: string;
  readonly azId: string;
  readonly address: string;
  readonly address6: string;
  /** Ports on which something answers. */
  readonly ports: readonly number[];
}

export interface Network {
  readonly interfaces: readonly Interface[];
  readonly byRole: Readonly<Record<Interface['role'], readonly Interface[]>>;
  /** Hosts on the internet: clients and scanners, and servers that ours talk to. */
  readonly clients: readonly string[];
  readonly clients6: readonly string[];
  readonly servers: readonly string[];
}

/** Ports of services that clients know, and ports that only their owners know: within the ephemeral ranges. */
const webPorts = [443, 443, 443, 80, 22, 8443, 25];
const appPorts = [8080, 9000, 3000, 8125, 50051, 32443, 61616];
const databasePorts = [5432, 3306, 6379, 27017, 9200];

/** A VPC with `interfaces` interfaces in several roles, and an internet of `clients` hosts. */
export function createNetwork(random: Random, interfaces: number, clients: number): Network {
  const count = Math.max(5, interfaces);
  const accountId = '123456789012';
  const vpcId = `vpc-0${random.hex(16)}`;
  const subnets = Array.from({ length: 6 }, () => `subnet-0${random.hex(16)}`);
  const all = Array.from({ length: count }, (_unused, index): Interface => {
    const role = roles[index % roles.length]!;
    const subnet = index % subnets.length;
    return {
      interfaceId: `eni-0${random.hex(16)}`,
      role,
      accountId,
      vpcId,
      subnetId: subnets[subnet]!,
      ...(role === 'nat' || role === 'balancer' ? {} : { instanceId: `i-0${random.hex(16)}` }),
      region: 'eu-west-1',
      azId: `euw1-az${(subnet % 3) + 1}`,
      address: formatIpv4(0x0a000000 + (subnet << 16) + 10 + index),
      address6: formatIpv6(0x20010db8, 0x00010000 + subnet, 0, 10 + index),
      ports: portsOf(role, random),
    };
  });
  const ofRole = (role: Interface['role']): Interface[] => all.filter((entry) => entry.role === role);
  return {
    interfaces: all,
    byRole: {
      web: ofRole('web'),
      app: ofRole('app'),
      database: ofRole('database'),
      nat: ofRole('nat'),
      balancer: ofRole('balancer'),
    },
    clients: Array.from({ length: clients }, () => publicAddress(random)),
    clients6: Array.from({ length: Math.ceil(clients / 8) }, () =>
      formatIpv6(0x2a020000 + random.between(0, 0xffff), random.uint32(), random.uint32(), random.uint32()),
    ),
    servers: Array.from({ length: Math.max(8, Math.ceil(clients / 20)) }, () => publicAddress(random)),
  };
}

const roles: readonly Interface['role'][] = [
  'web',
  'app',
  'database',
  'nat',
  'balancer',
  'web',
  'app',
  'app',
  'web',
  'database',
];

function portsOf(role: Interface['role'], random: Random): number[] {
  switch (role) {
    case 'web':
      return [443, random.pick(webPorts)];
    case 'app':
      return [random.pick(appPorts), random.pick(appPorts)];
    case 'database':
      return [random.pick(databasePorts)];
    case 'balancer':
      return [443, 80];
    case 'nat':
      return [];
  }
}

/** An address outside the special-purpose registries: 11.0.0.0 to 99.255.255.255. */
function publicAddress(random: Random): string {
  return formatIpv4(random.between(0x0b000000, 0x63ffffff));
}
