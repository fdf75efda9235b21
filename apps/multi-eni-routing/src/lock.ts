import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

import { EniRoutingError } from './errors.js';

/**
 * Runs `work` while no other process of this tool changes the same host. The lock is the kernel's: `flock`
 * holds it for a child that ends with this process, however that dies.
 *
 * @throws {EniRoutingError} NET_ENI_ROUTING_LOCKED when another one holds it for longer than `waitSeconds`;
 *   NET_ENI_ROUTING_PREREQUISITE when `flock` or the folder cannot be used.
 */
export async function withLock<T>(
  stateDirectory: string,
  work: () => Promise<T>,
  options: { readonly waitSeconds?: number; readonly signal?: AbortSignal | undefined } = {},
): Promise<T> {
  makeStateDirectory(stateDirectory);
  options.signal?.throwIfAborted();
  const path = join(stateDirectory, 'lock');
  const wait = String(options.waitSeconds ?? 30);
  // A process group of its own: the Ctrl-C that ends this process politely must not release the lock first.
  const child = spawn('flock', ['-w', wait, '-E', '75', path, 'cat'], {
    stdio: ['pipe', 'pipe', 'ignore'],
    detached: true,
  });
  const onAbort = (): void => void child.kill('SIGKILL');
  options.signal?.addEventListener('abort', onAbort, { once: true });
  // The child may end first; its exit code tells.
  child.stdin.on('error', () => undefined);
  const ended = new Promise<number | null>((resolve) => {
    child.on('close', (code) => resolve(code));
    child.on('error', () => resolve(127));
  });
  child.stdin.write('held\n');
  const held = once(child.stdout, 'data').then(
    () => 'held' as const,
    () => 'failed' as const,
  );
  const first = await Promise.race([held, ended]);
  // From here on the work itself minds the signal, and the lock stays until it is over.
  options.signal?.removeEventListener('abort', onAbort);
  if (first !== 'held') options.signal?.throwIfAborted();
  if (first === 75)
    throw new EniRoutingError('NET_ENI_ROUTING_LOCKED', `another run holds ${path} for more than ${wait} s`);
  if (first !== 'held')
    throw new EniRoutingError('NET_ENI_ROUTING_PREREQUISITE', `cannot lock ${path}`, {
      hint: 'flock (util-linux) must be installed and the folder writable',
    });
  try {
    return await work();
  } finally {
    child.stdin.end();
    await ended;
  }
}

/** Makes the state folder, which only root may look into. */
export function makeStateDirectory(stateDirectory: string): void {
  try {
    mkdirSync(stateDirectory, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new EniRoutingError('NET_ENI_ROUTING_PREREQUISITE', `cannot make the folder ${stateDirectory}`, {
      cause: error,
      hint: 'run as root, or choose a folder with --state-dir',
    });
  }
}
