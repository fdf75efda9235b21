import type { FilterRule, MirrorFilter } from '../model/snapshot.js';

/** What sessions mirror: filters are compared by this, not by their description. */
export interface FilterSpec {
  readonly description: string;
  /** Value of the tag `Name`. */
  readonly name: string;
  readonly rules: readonly FilterRule[];
  readonly services: readonly 'amazon-dns'[];
}

/** The original's filter: everything, both families, both directions, and the VPC's own DNS. */
export const fullTrafficFilter: FilterSpec = {
  description: 'Vectra Full Traffic + DNS Filter',
  name: 'Vectra Filter',
  rules: (['ingress', 'egress'] as const).flatMap((direction) => [
    { direction, number: 100, action: 'accept', source: '0.0.0.0/0', destination: '0.0.0.0/0' },
    { direction, number: 200, action: 'accept', source: '::/0', destination: '::/0' },
  ]),
  services: ['amazon-dns'],
};

/** Whether a filter mirrors exactly what is wanted. */
export function hasContent(filter: MirrorFilter, spec: FilterSpec): boolean {
  return (
    canonical(filter.rules) === canonical(spec.rules) &&
    [...filter.services].sort().join() === [...spec.services].sort().join()
  );
}

/**
 * What a filter lacks of what is wanted; undefined when it has something else besides, so that it is no beginning of it.
 */
export function missingContent(
  filter: MirrorFilter,
  spec: FilterSpec,
): Pick<FilterSpec, 'rules' | 'services'> | undefined {
  const has = new Set(filter.rules.map((rule) => canonical([rule])));
  const wanted = new Set(spec.rules.map((rule) => canonical([rule])));
  const services = new Set<string>(spec.services);
  if ([...has].some((rule) => !wanted.has(rule))) return undefined;
  if (filter.services.some((service) => !services.has(service))) return undefined;
  return {
    rules: spec.rules.filter((rule) => !has.has(canonical([rule]))),
    services: spec.services.filter((service) => !filter.services.includes(service)),
  };
}

function canonical(rules: readonly FilterRule[]): string {
  return rules
    .map(({ direction, number, action, source, destination, protocol, sourcePorts, destinationPorts }) =>
      [
        direction,
        number,
        action,
        source,
        destination,
        protocol ?? '',
        sourcePorts ?? '',
        destinationPorts ?? '',
      ].join(' '),
    )
    .sort()
    .join('\n');
}
