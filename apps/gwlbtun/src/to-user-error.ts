import { HandlerError } from './errors.js';
import { CliError } from '@net/cli';
import { NativeError, NativeUnavailableError, type NativeErrorCode } from '@net/geneve-native';

/** What the reader of a native failure can do, and whether it is the options' fault (2) or the machine's (3). */
const native: Partial<Record<NativeErrorCode, readonly [exitCode: 2 | 3, hint: string]>> = {
  NET_NATIVE_CONFIG: [2, 'See gwlbtun --help for the ranges.'],
  NET_NATIVE_ADDRESS: [2, 'Give an address of this machine with --listen.'],
  NET_NATIVE_PRIVILEGE: [
    3,
    'Run as root, or with CAP_NET_ADMIN and CAP_NET_RAW (--datapath ebpf: CAP_BPF and CAP_PERFMON too).',
  ],
  NET_NATIVE_PORT_IN_USE: [
    3,
    'Another program has the port (ss -ulpn shows it). Instances share it only when each has --share-port.',
  ],
  NET_NATIVE_KERNEL_PATH: [
    3,
    'Use --datapath auto, which goes without where it must; --persist needs a bpf file system of which nobody else uses the directory.',
  ],
  NET_NATIVE_TUN: [3, 'gwlbtun doctor says what is missing.'],
  NET_NATIVE_SOCKET: [3, 'gwlbtun doctor says what is missing.'],
  NET_NATIVE_MEMORY: [3, 'Give a smaller --max-flows.'],
};

/** The failure with exit code and advice for the command line; others as they are. */
export function toUserError(error: unknown): unknown {
  if (error instanceof HandlerError)
    return new CliError(error.message, {
      code: error.code,
      exitCode: error.exitCode,
      cause: error,
      ...(error.hint === undefined ? {} : { hint: error.hint }),
    });
  if (error instanceof NativeUnavailableError)
    return new CliError(error.message, { code: error.code, exitCode: 3, cause: error });
  if (error instanceof NativeError) {
    const [exitCode, hint] = native[error.code] ?? [1, undefined];
    return new CliError(error.message, {
      code: error.code,
      exitCode,
      cause: error,
      ...(hint === undefined ? {} : { hint }),
    });
  }
  return error;
}
