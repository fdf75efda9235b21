import { loadNative } from './load.js';
import type { ProgramStatistics } from './statistics.js';

/** What this kernel makes of the kernel path's programs. */
export interface KernelProbe {
  /** As they were loaded; empty when they were not. */
  readonly programs: readonly ProgramStatistics[];
  /** Why not, the end of the verifier's words included; empty when they were loaded. */
  readonly reason: string;
}

/**
 * Loads the programs of the kernel path into this kernel, asks it what it made of them and lets go of them again. Attaches
 * nothing and changes nothing; a few milliseconds. Needs CAP_BPF, CAP_PERFMON and CAP_NET_ADMIN, else `reason` says so.
 *
 * @throws NativeUnavailableError when there is no addon for this platform.
 */
export function probeKernelPath(): KernelProbe {
  return loadNative().probeKernelPath();
}
