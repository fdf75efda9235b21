import { parseCoreList } from './core-list.js';
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

/** The cores in this process's affinity mask (`Cpus_allowed_list` of proc(5)). */
export function availableCores(statusFile = '/proc/self/status'): number[] {
  try {
    const match = /^Cpus_allowed_list:\s*(\S+)$/m.exec(readFileSync(statusFile, 'utf8'));
    if (match?.[1]) return parseCoreList(match[1]);
  } catch {
    // Not Linux, or /proc is not mounted: the number of cores is all that is known.
  }
  return Array.from({ length: availableParallelism() }, (_, index) => index);
}
