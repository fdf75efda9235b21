import type { DesiredRoute, DesiredRule, DesiredState, Family, Snapshot } from '@net/iproute';
import { ownsRoute, printable, widthOf } from '@net/iproute';

import { markOf, nftBody } from './connmark.js';
import { familyOf, isInside, type ManagedInterface } from './interfaces.js';
import { ownershipOf, prioritiesOf, type Settings } from './settings.js';

/**
 * The routes, rules and nftables table that make every address answer on its own interface. Pure. With fewer
 * than two interfaces nothing is wanted: there is only one way out.
 *
 * The order of the rules: to a neighbour in the interface's own subnet (so that two interfaces in one subnet
 * are told apart), to the subnet of another of the host's interfaces (by the own router: the main table would
 * send it out of that other interface), then whatever the main table knows better than by its default route
 * (container bridges, VPNs), then the interface's own default route.
 */
export function desiredState(
  interfaces: readonly ManagedInterface[],
  snapshot: Pick<Snapshot, 'routes'>,
  settings: Settings,
): DesiredState {
  if (interfaces.length < 2) return { routes: [], rules: [] };
  const subnets = [...new Set(interfaces.flatMap((item) => item.subnets))];
  const detours = detourBlocks(interfaces, subnets, snapshot, settings);
  const body = nftBody(interfaces, settings);
  const families = (['inet', 'inet6'] as const).filter((family) =>
    interfaces.some((item) =>
      [...item.addresses, ...item.prefixes].some((text) => familyOf(text) === family),
    ),
  );
  return {
    routes: interfaces.filter((item) => item.up).flatMap((item) => routesOf(item, subnets, detours)),
    rules: [
      ...interfaces.flatMap((item) => rulesOf(item, subnets, settings)),
      ...families.flatMap((family) => sharedRules(family, interfaces, settings)),
    ],
    ...(body === undefined
      ? {}
      : { nftTable: { body, reason: 'connection marks and masquerading as asked for' } }),
  };
}

function routesOf(
  item: ManagedInterface,
  subnets: readonly string[],
  detours: readonly string[],
): DesiredRoute[] {
  const name = printable(item.name);
  const routes: DesiredRoute[] = item.subnets.map((subnet) => ({
    family: familyOf(subnet),
    destination: subnet,
    device: item.name,
    table: item.table,
    reason: `the subnet of ${name} is on its link`,
  }));
  const others = subnets.filter((subnet) => isOther(subnet, item));
  for (const subnet of others) {
    const gateway = item.gateways[familyOf(subnet)]?.address;
    if (gateway === undefined) continue;
    routes.push({
      family: familyOf(subnet),
      destination: subnet,
      device: item.name,
      gateway,
      onLink: true,
      table: item.table,
      reason: `the subnet of another interface, reached from ${name} by its own router`,
    });
  }
  for (const block of detours)
    if ([...item.subnets, ...others].some((subnet) => isInside(block, subnet)))
      routes.push({
        family: familyOf(block),
        type: 'throw',
        destination: block,
        table: item.table,
        reason: `${block} is inside a subnet of the VPC but leads elsewhere from this host`,
      });
  for (const [family, gateway] of Object.entries(item.gateways) as [
    Family,
    ManagedInterface['gateways'][Family],
  ][]) {
    if (gateway === undefined) continue;
    routes.push({
      family,
      destination: family === 'inet' ? '0.0.0.0/0' : '::/0',
      device: item.name,
      table: item.table,
      ...(gateway.address === undefined ? {} : { gateway: gateway.address, onLink: true }),
      reason: `the way out of ${name}, known from ${gateway.from}`,
    });
  }
  return routes;
}

function rulesOf(item: ManagedInterface, subnets: readonly string[], settings: Settings): DesiredRule[] {
  const priorities = prioritiesOf(settings);
  const name = printable(item.name);
  const rules: DesiredRule[] = [];
  const put = (
    source: string,
    toSubnet: number,
    toOthers: number,
    everywhere: number,
    what: string,
  ): void => {
    const family = familyOf(source);
    for (const subnet of item.subnets)
      if (familyOf(subnet) === family)
        rules.push({
          family,
          priority: toSubnet,
          source,
          destination: subnet,
          table: item.table,
          reason: `${what} of ${name} answers its neighbours on ${name}`,
        });
    if (subnets.some((subnet) => familyOf(subnet) === family && isOther(subnet, item)))
      rules.push({
        family,
        priority: toOthers,
        source,
        table: item.table,
        suppressPrefixLength: 0,
        reason: `${what} of ${name} answers the subnets of other interfaces on ${name}`,
      });
    rules.push({
      family,
      priority: everywhere + item.slot,
      source,
      table: item.table,
      reason: `${what} of ${name} answers everybody on ${name}`,
    });
  };
  const p = priorities;
  for (const address of item.addresses) {
    const block = `${address}/${widthOf(familyOf(address))}`;
    put(block, p.addressToSubnet, p.addressToOthers, p.address, 'an address');
  }
  for (const prefix of item.prefixes)
    put(prefix, p.prefixToSubnet, p.prefixToOthers, p.prefix, 'a delegated prefix');
  return rules;
}

// A subnet that neither is one of the interface's own nor overlaps one: what is on the link stays there.
function isOther(subnet: string, item: ManagedInterface): boolean {
  return item.subnets.every((own) => own !== subnet && !isInside(own, subnet) && !isInside(subnet, own));
}

function sharedRules(
  family: Family,
  interfaces: readonly ManagedInterface[],
  settings: Settings,
): DesiredRule[] {
  const priorities = prioritiesOf(settings);
  const rules: DesiredRule[] = [
    {
      family,
      priority: priorities.main,
      table: 254,
      suppressPrefixLength: 0,
      reason: 'the main table goes first with all but its default route',
    },
  ];
  if (!settings.connmark) return rules;
  for (const item of interfaces) {
    const mark = markOf(item, settings);
    if (mark === undefined) continue;
    rules.push({
      family,
      priority: priorities.mark,
      mark,
      markMask: settings.connmarkMask,
      table: item.table,
      reason: `answers of connections that came in on ${printable(item.name)}`,
    });
  }
  return rules;
}

// Blocks inside of a subnet that lead elsewhere: prefixes delegated to this host, and what the main table sends
// to other devices, such as a container bridge with addresses of the VPC.
function detourBlocks(
  interfaces: readonly ManagedInterface[],
  subnets: readonly string[],
  snapshot: Pick<Snapshot, 'routes'>,
  settings: Settings,
): string[] {
  const ownership = ownershipOf(settings);
  const managed = new Set(interfaces.map((item) => item.name));
  const blocks = new Set(interfaces.flatMap((item) => item.prefixes));
  const prefixes = [...blocks];
  for (const route of snapshot.routes) {
    if (route.table !== 254 || route.type !== 'unicast' || ownsRoute(ownership, route)) continue;
    const devices = route.nextHops.length > 0 ? route.nextHops.map((hop) => hop.device) : [route.device];
    if (devices.some((device) => device === undefined || managed.has(device))) continue;
    if (!subnets.some((subnet) => isInside(route.destination, subnet))) continue;
    if (prefixes.some((prefix) => isInside(route.destination, prefix))) continue;
    blocks.add(route.destination);
  }
  return [...blocks];
}
