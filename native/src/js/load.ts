import { createRequire } from 'node:module';
import type { Addon } from './addon.js';
import { NativeUnavailableError } from './errors.js';

const require = createRequire(import.meta.url);
let loaded: Addon | undefined;

/**
 * Loads the addon: the local build first, then the optional platform package. The result is kept.
 *
 * @throws NativeUnavailableError with one reason for each place that was tried.
 */
export function loadNative(): Addon {
  if (loaded) return loaded;
  const reasons: string[] = [];
  let cause: unknown;
  for (const [name, load] of candidates()) {
    try {
      return (loaded = load() as Addon);
    } catch (error) {
      cause = error;
      reasons.push(`${name}: ${reasonOf(error)}`);
    }
  }
  reasons.push(...advice());
  throw new NativeUnavailableError(reasons, { cause });
}

/** True when `loadNative` would succeed. */
export function isNativeAvailable(): boolean {
  try {
    loadNative();
    return true;
  } catch {
    return false;
  }
}

function candidates(): [string, () => unknown][] {
  const local: [string, () => unknown][] = [
    ['local build build/Release', () => require('../build/Release/geneve_native.node') as unknown],
    ['local build build/Debug', () => require('../build/Debug/geneve_native.node') as unknown],
  ];
  // The names are literal so that bundlers and auditors see them.
  switch (`${process.platform}-${process.arch}`) {
    case 'linux-x64':
      local.push([
        '@net/geneve-native-linux-x64',
        () => require('@net/geneve-native-linux-x64/geneve_native.node') as unknown,
      ]);
      break;
    case 'linux-arm64':
      local.push([
        '@net/geneve-native-linux-arm64',
        () => require('@net/geneve-native-linux-arm64/geneve_native.node') as unknown,
      ]);
      break;
    default:
      break;
  }
  return local;
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if ((error as NodeJS.ErrnoException).code === 'MODULE_NOT_FOUND') return 'not there';
  return error.message.split('\n', 1)[0] ?? error.message;
}

function advice(): string[] {
  if (process.platform !== 'linux')
    return [`the data plane needs Linux (tun devices); this is ${process.platform}-${process.arch}`];
  return [
    'install with optional dependencies (npm install --include=optional), or build it here: ' +
      'npm run build in the package (needs cmake, make or ninja, and g++ 12 or clang 14)',
  ];
}
