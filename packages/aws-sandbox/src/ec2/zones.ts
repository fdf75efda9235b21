import { ApiError } from '../errors.js';
import { applyFilters } from './describe.js';
import type { Ec2Operations } from './operation.js';

/** Region names as the public region table lists them (read 2026-11-20), with the prefix of their zone ids. */
const REGIONS: Readonly<Record<string, readonly [zonePrefix: string, optIn: boolean]>> = {
  'af-south-1': ['afs1', true],
  'ap-east-1': ['ape1', true],
  'ap-northeast-1': ['apne1', false],
  'ap-northeast-2': ['apne2', false],
  'ap-northeast-3': ['apne3', false],
  'ap-south-1': ['aps1', false],
  'ap-southeast-1': ['apse1', false],
  'ap-southeast-2': ['apse2', false],
  'ca-central-1': ['cac1', false],
  'eu-central-1': ['euc1', false],
  'eu-north-1': ['eun1', false],
  'eu-south-1': ['eus1', true],
  'eu-west-1': ['euw1', false],
  'eu-west-2': ['euw2', false],
  'eu-west-3': ['euw3', false],
  'me-south-1': ['mes1', true],
  'sa-east-1': ['sae1', false],
  'us-east-1': ['use1', false],
  'us-east-2': ['use2', false],
  'us-west-1': ['usw1', false],
  'us-west-2': ['usw2', false],
};

/** Zones of a region: three, `a` to `c`. */
export function zonesOf(region: string): readonly string[] {
  return ['a', 'b', 'c'].map((letter) => `${region}${letter}`);
}

/** The id of a zone, the same for every account here. */
export function zoneIdOf(zone: string): string {
  const region = zone.slice(0, -1);
  const prefix = REGIONS[region]?.[0] ?? region.replaceAll('-', '');
  return `${prefix}-az${zone.charCodeAt(zone.length - 1) - 96}`;
}

export const zoneOperations: Ec2Operations<'DescribeAvailabilityZones' | 'DescribeRegions'> = {
  DescribeAvailabilityZones: {
    access: 'read',
    accepts: ['ZoneNames', 'ZoneIds', 'Filters', 'AllAvailabilityZones'],
    run: (context, input) => {
      const zones = zonesOf(context.region);
      for (const name of input.ZoneNames ?? []) {
        if (!zones.includes(name))
          throw new ApiError('InvalidParameterValue', `Invalid availability zone: [${name}]`);
      }
      const wanted = zones.filter(
        (zone) =>
          (!input.ZoneNames?.length || input.ZoneNames.includes(zone)) &&
          (!input.ZoneIds?.length || input.ZoneIds.includes(zoneIdOf(zone))),
      );
      const kept = applyFilters(
        context,
        wanted,
        input.Filters,
        {
          'group-name': () => context.region,
          'opt-in-status': () => 'opt-in-not-required',
          'region-name': () => context.region,
          state: () => 'available',
          'zone-id': zoneIdOf,
          'zone-name': (zone) => zone,
          'zone-type': () => 'availability-zone',
        },
        (zone) => zone,
      );
      return {
        AvailabilityZones: kept.map((zone) => ({
          ZoneName: zone,
          ZoneId: zoneIdOf(zone),
          RegionName: context.region,
          State: 'available' as const,
          OptInStatus: 'opt-in-not-required' as const,
          ZoneType: 'availability-zone',
          GroupName: context.region,
          NetworkBorderGroup: context.region,
          Messages: [],
        })),
      };
    },
  },
  DescribeRegions: {
    access: 'read',
    accepts: ['RegionNames', 'AllRegions', 'Filters'],
    run: (context, input) => {
      for (const name of input.RegionNames ?? []) {
        if (!(name in REGIONS)) throw new ApiError('InvalidParameterValue', `Invalid region: [${name}]`);
      }
      const regions = Object.entries(REGIONS)
        .map(([name, [, optIn]]) => ({ name, status: optIn ? 'not-opted-in' : 'opt-in-not-required', optIn }))
        .filter(({ name, optIn }) =>
          input.RegionNames?.length ? input.RegionNames.includes(name) : input.AllRegions === true || !optIn,
        );
      const kept = applyFilters(
        context,
        regions,
        input.Filters,
        {
          endpoint: ({ name }) => `ec2.${name}.amazonaws.com`,
          'opt-in-status': ({ status }) => status,
          'region-name': ({ name }) => name,
        },
        ({ name }) => name,
      );
      return {
        Regions: kept.map(({ name, status }) => ({
          RegionName: name,
          Endpoint: `ec2.${name}.amazonaws.com`,
          OptInStatus: status,
        })),
      };
    },
  },
};
