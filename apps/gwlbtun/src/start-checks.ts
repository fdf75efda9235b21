import { HandlerError } from './errors.js';
import { examine } from './doctor/examine.js';
import type { MachineSnapshot } from './doctor/observe.js';

/** The failings that the data plane itself tells better, with the system's own words. */
const TOLD_BY_THE_ENGINE: ReadonlySet<string> = new Set(['UDP port']);

/**
 * Refuses to start on a machine that lacks something, with everything that is missing in one message.
 * @throws HandlerError `NET_GWLBTUN_PREREQUISITE`, exit code 3.
 */
export function checkStart(machine: MachineSnapshot): void {
  const failings = examine(machine).filter(
    ({ state, check }) => state === 'fail' && ![...TOLD_BY_THE_ENGINE].some((name) => check.startsWith(name)),
  );
  if (failings.length === 0) return;
  throw new HandlerError(
    'NET_GWLBTUN_PREREQUISITE',
    3,
    failings.map(({ check, found }) => `${check}: ${found}`).join('; '),
    { hint: failings.map(({ advice }) => advice).join(' ') },
  );
}
