import { printPolicy } from '@net/aws-core';
import { routeMonPolicy } from './iam-policy.js';
import type { WatchValues } from './options.js';
import type { PrintValues } from './print-options.js';
import { routeMonUnit } from './systemd-unit.js';

/** What the options ask to be printed instead of anything being done; undefined: nothing. */
export function printed(values: WatchValues & PrintValues): string | undefined {
  if (values.printIamPolicy) {
    const tables = values.select.length > 0 ? [] : values.routeTable;
    return `${printPolicy(
      routeMonPolicy({
        create: values.create,
        fixSourceDestCheck: values.fixSourceDestCheck,
        routeTables: tables,
      }),
    )}\n`;
  }
  return values.printSystemdUnit ? routeMonUnit(process.argv[1] ?? '/usr/bin/aws-route-mon') : undefined;
}
