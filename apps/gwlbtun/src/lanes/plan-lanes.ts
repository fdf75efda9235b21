import { HandlerError } from '../errors.js';
import type { LaneConfig } from '@net/geneve-native';

/** What the options say about threads; a list of cores wins over a number of threads. */
export interface ThreadOptions {
  readonly udpThreads: number | undefined;
  readonly udpCores: readonly number[] | undefined;
  readonly tunThreads: number | undefined;
  readonly tunCores: readonly number[] | undefined;
}

/** The most threads that the data plane runs. */
export const MAX_LANES = 128;

/**
 * Plans the data-plane threads. One thread that does both sides of its packets is fastest, so threads for UDP and for
 * the tunnels are joined where numbers and cores allow it: pairs on the same core first, then pairs without a core.
 *
 * @param availableCores the cores that this process may run on
 * @throws HandlerError `NET_GWLBTUN_OPTION` for a core that is not available or more than 128 threads.
 */
export function planLanes(options: ThreadOptions, availableCores: readonly number[]): LaneConfig[] {
  const udp = wanted(options.udpThreads, options.udpCores, availableCores, 'udpaffinity');
  const tun = wanted(options.tunThreads, options.tunCores, availableCores, 'tunaffinity');
  const lanes: LaneConfig[] = [];
  const freeTun = [...tun];
  for (const cpu of udp) {
    const pair = freeTun.findIndex((other) => other === cpu);
    if (pair >= 0) freeTun.splice(pair, 1);
    lanes.push(laneOf(cpu, true, pair >= 0));
  }
  // A thread with a core may take over the other role of one that has none.
  for (const cpu of freeTun) {
    const partner = lanes.findIndex((lane) => !lane.tun && (cpu === undefined || lane.cpu === undefined));
    if (partner >= 0) lanes[partner] = laneOf(lanes[partner]?.cpu ?? cpu, true, true);
    else lanes.push(laneOf(cpu, false, true));
  }
  if (lanes.length > MAX_LANES)
    throw new HandlerError('NET_GWLBTUN_OPTION', 2, `${lanes.length} threads are more than ${MAX_LANES}`);
  return lanes;
}

function wanted(
  threads: number | undefined,
  cores: readonly number[] | undefined,
  available: readonly number[],
  option: string,
): (number | undefined)[] {
  if (!cores) {
    const count = threads ?? Math.min(available.length, MAX_LANES);
    return Array.from({ length: Math.max(1, count) }, () => undefined);
  }
  const missing = cores.find((core) => !available.includes(core));
  if (missing !== undefined)
    throw new HandlerError(
      'NET_GWLBTUN_OPTION',
      2,
      `--${option}: core ${missing} is not available to this process`,
      {
        hint: `Available: ${available.join(',')}.`,
      },
    );
  return [...cores];
}

function laneOf(cpu: number | undefined, udp: boolean, tun: boolean): LaneConfig {
  return cpu === undefined ? { udp, tun } : { cpu, udp, tun };
}
