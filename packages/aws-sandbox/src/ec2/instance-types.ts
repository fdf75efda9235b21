import { ApiError } from '../errors.js';
import { type FilterTable, applyFilters, paginate } from './describe.js';
import type { Ec2Operations, OutputOf } from './operation.js';

/** What the sandbox knows of an instance type. */
export interface InstanceTypeFacts {
  readonly name: string;
  /** Absent on bare metal, as in the API. */
  readonly hypervisor: 'nitro' | 'xen' | undefined;
  readonly architecture: 'x86_64' | 'arm64';
  readonly vcpus: number;
  readonly memoryMib: number;
  readonly maxInterfaces: number;
  readonly ipv4PerInterface: number;
  readonly networkCards: number;
  readonly currentGeneration: boolean;
  readonly ipv6: boolean;
}

/**
 * A choice of real types that shows every kind the tools tell apart: small and large, Nitro and Xen, bare
 * metal, Arm, several network cards. Figures from the public instance type pages, as read on 2026-11-20:
 * name, hypervisor, architecture, vCPUs, memory (MiB), interfaces, IPv4 addresses each, cards, current.
 */
const TABLE: readonly (readonly [
  string,
  'nitro' | 'xen' | 'metal',
  'x86_64' | 'arm64',
  number,
  number,
  number,
  number,
  number,
  boolean,
])[] = [
  ['t2.micro', 'xen', 'x86_64', 1, 1024, 2, 2, 1, true],
  ['t2.medium', 'xen', 'x86_64', 2, 4096, 3, 6, 1, true],
  ['t3.nano', 'nitro', 'x86_64', 2, 512, 2, 2, 1, true],
  ['t3.micro', 'nitro', 'x86_64', 2, 1024, 2, 2, 1, true],
  ['t3.small', 'nitro', 'x86_64', 2, 2048, 3, 4, 1, true],
  ['t3.medium', 'nitro', 'x86_64', 2, 4096, 3, 6, 1, true],
  ['t3.large', 'nitro', 'x86_64', 2, 8192, 3, 12, 1, true],
  ['t4g.nano', 'nitro', 'arm64', 2, 512, 2, 2, 1, true],
  ['t4g.micro', 'nitro', 'arm64', 2, 1024, 2, 2, 1, true],
  ['t4g.small', 'nitro', 'arm64', 2, 2048, 3, 4, 1, true],
  ['m1.small', 'xen', 'x86_64', 1, 1740, 2, 4, 1, false],
  ['m3.medium', 'xen', 'x86_64', 1, 3840, 2, 6, 1, false],
  ['m4.large', 'xen', 'x86_64', 2, 8192, 2, 10, 1, true],
  ['m4.16xlarge', 'xen', 'x86_64', 64, 262144, 8, 30, 1, true],
  ['m5.large', 'nitro', 'x86_64', 2, 8192, 3, 10, 1, true],
  ['m5.xlarge', 'nitro', 'x86_64', 4, 16384, 4, 15, 1, true],
  ['m5.2xlarge', 'nitro', 'x86_64', 8, 32768, 4, 15, 1, true],
  ['m5.4xlarge', 'nitro', 'x86_64', 16, 65536, 8, 30, 1, true],
  ['m5.24xlarge', 'nitro', 'x86_64', 96, 393216, 15, 50, 1, true],
  ['m5.metal', 'metal', 'x86_64', 96, 393216, 15, 50, 1, true],
  ['m5n.large', 'nitro', 'x86_64', 2, 8192, 3, 10, 1, true],
  ['m6a.large', 'nitro', 'x86_64', 2, 8192, 3, 10, 1, true],
  ['m6g.medium', 'nitro', 'arm64', 1, 4096, 2, 4, 1, true],
  ['m6g.large', 'nitro', 'arm64', 2, 8192, 3, 10, 1, true],
  ['m6i.large', 'nitro', 'x86_64', 2, 8192, 3, 10, 1, true],
  ['m6i.32xlarge', 'nitro', 'x86_64', 128, 524288, 15, 50, 1, true],
  ['m7g.large', 'nitro', 'arm64', 2, 8192, 3, 10, 1, true],
  ['m7i.large', 'nitro', 'x86_64', 2, 8192, 3, 10, 1, true],
  ['m8g.large', 'nitro', 'arm64', 2, 8192, 3, 10, 1, true],
  ['c4.large', 'xen', 'x86_64', 2, 3840, 3, 10, 1, true],
  ['c5.large', 'nitro', 'x86_64', 2, 4096, 3, 10, 1, true],
  ['c5.xlarge', 'nitro', 'x86_64', 4, 8192, 4, 15, 1, true],
  ['c5n.large', 'nitro', 'x86_64', 2, 5376, 3, 10, 1, true],
  ['c5n.18xlarge', 'nitro', 'x86_64', 72, 196608, 15, 50, 1, true],
  ['c6g.large', 'nitro', 'arm64', 2, 4096, 3, 10, 1, true],
  ['c6gn.medium', 'nitro', 'arm64', 1, 2048, 2, 4, 1, true],
  ['c6gn.large', 'nitro', 'arm64', 2, 4096, 3, 10, 1, true],
  ['c6i.large', 'nitro', 'x86_64', 2, 4096, 3, 10, 1, true],
  ['c6in.large', 'nitro', 'x86_64', 2, 4096, 3, 10, 1, true],
  ['c6in.32xlarge', 'nitro', 'x86_64', 128, 262144, 14, 50, 2, true],
  ['c7g.large', 'nitro', 'arm64', 2, 4096, 3, 10, 1, true],
  ['c7gn.large', 'nitro', 'arm64', 2, 4096, 3, 10, 1, true],
  ['r4.large', 'xen', 'x86_64', 2, 15616, 3, 10, 1, true],
  ['r5.large', 'nitro', 'x86_64', 2, 16384, 3, 10, 1, true],
  ['r6i.large', 'nitro', 'x86_64', 2, 16384, 3, 10, 1, true],
  ['i3.large', 'xen', 'x86_64', 2, 15616, 3, 10, 1, true],
  ['i3.metal', 'metal', 'x86_64', 72, 524288, 15, 50, 1, true],
  ['d2.xlarge', 'xen', 'x86_64', 4, 31232, 4, 15, 1, true],
  ['p4d.24xlarge', 'nitro', 'x86_64', 96, 1179648, 15, 50, 4, true],
];

/** All known types, by name. */
export const instanceTypes: ReadonlyMap<string, InstanceTypeFacts> = new Map(
  TABLE.map(
    ([
      name,
      kind,
      architecture,
      vcpus,
      memoryMib,
      maxInterfaces,
      ipv4PerInterface,
      networkCards,
      currentGeneration,
    ]) => [
      name,
      {
        name,
        hypervisor: kind === 'metal' ? undefined : kind,
        architecture,
        vcpus,
        memoryMib,
        maxInterfaces,
        ipv4PerInterface,
        networkCards,
        currentGeneration,
        ipv6: name !== 'm1.small' && name !== 'm3.medium',
      },
    ],
  ),
);

/** The facts of a type; InvalidParameterValue, as RunInstances answers, when it is none. */
export function needInstanceType(name: string): InstanceTypeFacts {
  const facts = instanceTypes.get(name);
  if (!facts) {
    throw new ApiError('InvalidParameterValue', `Invalid value '${name}' for InstanceType.`);
  }
  return facts;
}

const typeFilters: FilterTable<InstanceTypeFacts> = {
  'bare-metal': (type) => type.hypervisor === undefined,
  'current-generation': (type) => type.currentGeneration,
  hypervisor: (type) => type.hypervisor,
  'instance-type': (type) => type.name,
  'memory-info.size-in-mib': (type) => type.memoryMib,
  'network-info.ipv4-addresses-per-interface': (type) => type.ipv4PerInterface,
  'network-info.ipv6-supported': (type) => type.ipv6,
  'network-info.maximum-network-cards': (type) => type.networkCards,
  'network-info.maximum-network-interfaces': (type) => type.maxInterfaces,
  'processor-info.supported-architecture': (type) => type.architecture,
  'supported-virtualization-type': () => 'hvm',
  'vcpu-info.default-vcpus': (type) => type.vcpus,
};

export const instanceTypeOperations: Ec2Operations<
  'DescribeInstanceTypes' | 'DescribeInstanceTypeOfferings'
> = {
  DescribeInstanceTypes: {
    access: 'read',
    accepts: ['InstanceTypes', 'Filters', 'MaxResults', 'NextToken'],
    run: (context, input) => {
      const names: readonly string[] = input.InstanceTypes ?? [];
      if (names.length > 100)
        throw new ApiError('InvalidParameterValue', 'The maximum number of instance types is 100.');
      const invalid = names.filter((name) => !instanceTypes.has(name));
      if (invalid.length > 0) {
        throw new ApiError(
          'InvalidInstanceType',
          `The following supplied instance types do not exist: [${invalid.join(', ')}]`,
        );
      }
      if (names.length > 0 && input.MaxResults !== undefined) {
        throw new ApiError(
          'InvalidParameterCombination',
          'The parameter instanceTypes cannot be used with the parameter maxResults',
        );
      }
      const chosen = [...instanceTypes.values()].filter(
        (type) => names.length === 0 || names.includes(type.name),
      );
      const matching = applyFilters(context, chosen, input.Filters, typeFilters, (type) => type.name);
      const page = paginate(context, matching, {
        maxResults: input.MaxResults ?? (names.length > 0 ? undefined : 100),
        nextToken: input.NextToken,
        page: { min: 5, max: 100 },
      });
      return { InstanceTypes: page.items.map(viewType), NextToken: page.nextToken };
    },
  },
  DescribeInstanceTypeOfferings: {
    access: 'read',
    accepts: ['LocationType', 'Filters', 'MaxResults', 'NextToken'],
    run: (context, input) => {
      if (input.LocationType !== undefined && input.LocationType !== 'region') {
        throw new ApiError('UnsupportedOperation', 'This simulation knows offerings only by region.');
      }
      const matching = applyFilters(
        context,
        [...instanceTypes.values()],
        input.Filters,
        { 'instance-type': (type) => type.name, location: () => context.region },
        (type) => type.name,
      );
      const page = paginate(context, matching, {
        maxResults: input.MaxResults,
        nextToken: input.NextToken,
        page: { min: 5, max: 1000 },
      });
      return {
        InstanceTypeOfferings: page.items.map((type) => ({
          InstanceType: type.name as 'm5.large',
          LocationType: 'region' as const,
          Location: context.region,
        })),
        NextToken: page.nextToken,
      };
    },
  },
};

function viewType(
  type: InstanceTypeFacts,
): NonNullable<OutputOf<'DescribeInstanceTypes'>['InstanceTypes']>[number] {
  return {
    InstanceType: type.name as 'm5.large',
    CurrentGeneration: type.currentGeneration,
    BareMetal: type.hypervisor === undefined,
    Hypervisor: type.hypervisor,
    SupportedUsageClasses: ['on-demand', 'spot'],
    SupportedVirtualizationTypes: ['hvm'],
    ProcessorInfo: { SupportedArchitectures: [type.architecture] },
    VCpuInfo: { DefaultVCpus: type.vcpus },
    MemoryInfo: { SizeInMiB: type.memoryMib },
    BurstablePerformanceSupported: type.name.startsWith('t'),
    NetworkInfo: {
      MaximumNetworkInterfaces: type.maxInterfaces,
      MaximumNetworkCards: type.networkCards,
      DefaultNetworkCardIndex: 0,
      NetworkCards: Array.from({ length: type.networkCards }, (_, index) => ({
        NetworkCardIndex: index,
        MaximumNetworkInterfaces: Math.ceil(type.maxInterfaces / type.networkCards),
      })),
      Ipv4AddressesPerInterface: type.ipv4PerInterface,
      Ipv6AddressesPerInterface: type.ipv6 ? type.ipv4PerInterface : 0,
      Ipv6Supported: type.ipv6,
      EnaSupport: type.hypervisor === 'xen' ? 'supported' : 'required',
    },
  };
}
