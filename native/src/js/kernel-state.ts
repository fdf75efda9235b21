import { NativeError, type NativeErrorCode } from './errors.js';
import { loadNative } from './load.js';

/** One thing that outlives a process under `kernelState`. */
export interface KernelRemnant {
  /** A tcx link, a clsact filter, a tun interface, a map, or the directory itself, which comes last. */
  readonly kind: 'link' | 'filter' | 'interface' | 'map' | 'directory';
  /** Name under the directory, of the interface, or path of the directory. */
  readonly name: string;
  /** Interface index of a link, a filter and an interface; 0 for the others. */
  readonly device: number;
}

/**
 * What an engine with `kernelState` left under `directory`, in the order in which it is to be removed; empty when the
 * directory is not there. Changes nothing.
 *
 * @throws NativeError `NET_NATIVE_KERNEL_PATH` when a running process uses the directory or it is in no bpf file system,
 * `NET_NATIVE_PRIVILEGE` without the right to look.
 */
export function listKernelState(directory: string): readonly KernelRemnant[] {
  return ask(directory, true);
}

/**
 * Removes it: attachments first, then interfaces, then maps and the directory. Returns what was removed; a second call
 * removes nothing.
 *
 * @throws NativeError as `listKernelState`, and when something could not be removed; the rest is removed all the same.
 */
export function removeKernelState(directory: string): readonly KernelRemnant[] {
  return ask(directory, false);
}

function ask(directory: string, dryRun: boolean): readonly KernelRemnant[] {
  try {
    return loadNative().kernelState(directory, dryRun);
  } catch (error) {
    const { code, errnoName, message } = error as { code?: string; errnoName?: string; message: string };
    if (typeof code !== 'string' || !code.startsWith('NET_NATIVE_')) throw error;
    throw new NativeError(code as NativeErrorCode, message, errnoName, { cause: error });
  }
}
