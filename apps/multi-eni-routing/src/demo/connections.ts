import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

// From src/demo and from dist/demo alike.
const program = (name: string): string =>
  fileURLToPath(new URL(`../../dist/demo/${name}.js`, import.meta.url));

/** A running echo server. */
export interface EchoServer {
  readonly pid: number;
  stop(): Promise<void>;
}

/** Starts a server in a namespace: TCP on every address, UDP on the addresses given. Resolves when it listens. */
export async function startEchoServer(namespace: string, addresses: readonly string[]): Promise<EchoServer> {
  const args = ['netns', 'exec', namespace, process.execPath, program('echo-server'), ...addresses];
  const child = spawn('ip', args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'close');
  const first = await Promise.race([once(child.stdout, 'data'), ended]);
  if (!String(first[0]).startsWith('ready')) throw new Error('the echo server did not start');
  return {
    pid: child.pid ?? 0,
    stop: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/**
 * Asks targets such as `tcp/10.0.1.10` and `udp/2001:db8::1` from a namespace, all at once; gives which of them
 * answered within `timeoutMs`.
 */
export async function probe(
  namespace: string,
  targets: readonly string[],
  timeoutMs: number,
): Promise<Readonly<Record<string, boolean>>> {
  const args = [
    'netns',
    'exec',
    namespace,
    process.execPath,
    program('probe'),
    String(timeoutMs),
    ...targets,
  ];
  return await new Promise((resolve, reject) => {
    execFile('ip', args, { encoding: 'utf8' }, (error, stdout) => {
      if (error) reject(new Error(`the probe failed: ${error.message}`, { cause: error }));
      else resolve(JSON.parse(stdout) as Record<string, boolean>);
    });
  });
}
