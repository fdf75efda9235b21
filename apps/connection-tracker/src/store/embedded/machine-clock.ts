import { readFileSync } from 'node:fs';

/** Time that all processes of this machine share and that no setting of the clock moves. */
export interface MachineClock {
  /** Milliseconds since the machine started. */
  readonly nowMs: () => number;
  /** Different after each start of the machine. */
  readonly boot: string;
}

/**
 * CLOCK_MONOTONIC, which counts from the start of the machine in every process (clock_gettime(2)), and the kernel's
 * boot id. Where there is none the wall clock has to do.
 */
export function machineClock(now: () => number): MachineClock {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return { boot, nowMs: () => Number(process.hrtime.bigint() / 1_000_000n) };
  } catch {
    return { boot: 'wall', nowMs: now };
  }
}
