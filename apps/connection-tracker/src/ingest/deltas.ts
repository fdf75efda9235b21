import { type AddressClasses } from '@net/flowlogs';
import { type ConnectionDelta, storableName } from '../model/index.js';
import type { SourceNames } from '../names/index.js';
import type { Sighting } from './collect.js';

/**
 * Gives sources their names and makes what a store adds. Sources of the same name at one endpoint become one connection.
 * What the original leaves out is left out: instances that S3 answers (a source in AWS's ranges whose name begins with s3).
 */
export async function toDeltas(
  sightings: readonly Sighting[],
  names: SourceNames,
  classes: AddressClasses,
  signal?: AbortSignal,
): Promise<readonly ConnectionDelta[]> {
  const named = await names.nameAll(
    sightings.map(({ source }) => source),
    signal,
  );
  const deltas = new Map<string, Mutable<ConnectionDelta>>();
  for (const sighting of sightings) {
    const { day, destPort, count, firstMs, lastMs, decidedBy, example } = sighting;
    const name = named.get(sighting.source) ?? sighting.source;
    if (sighting.isInstance && isS3(name, sighting.source, classes)) continue;
    const source = storableName(name);
    const dest = storableName(sighting.dest);
    const key = JSON.stringify([day, source, dest, destPort]);
    const known = deltas.get(key);
    if (known === undefined) {
      deltas.set(key, {
        day,
        source,
        dest,
        destPort,
        count,
        firstMs,
        lastMs,
        decidedBy: { ...decidedBy },
        example,
      });
      continue;
    }
    known.count += count;
    known.firstMs = Math.min(known.firstMs, firstMs);
    known.lastMs = Math.max(known.lastMs, lastMs);
    const by: Record<string, number> = { ...known.decidedBy };
    for (const [rule, more] of Object.entries(decidedBy)) by[rule] = (by[rule] ?? 0) + more;
    known.decidedBy = by;
  }
  return [...deltas.values()];
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

function isS3(name: string, address: string, classes: AddressClasses): boolean {
  const host = name.endsWith(`/${address}`) ? name.slice(0, -address.length - 1) : '';
  return /^s3.*amazonaws\.com$/.test(host) && classes.of(address)?.aws !== undefined;
}
