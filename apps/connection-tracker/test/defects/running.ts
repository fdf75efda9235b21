import { PassThrough } from 'node:stream';
import { until } from '@net/testing';
import { runApp } from '../../src/app.js';

/** A run of the command line. */
export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the application until it ends. */
export async function run(
  argv: readonly string[],
  env: Readonly<Record<string, string>> = {},
  signal?: AbortSignal,
): Promise<Ran> {
  const texts = { stdout: '', stderr: '' };
  const stream = (name: 'stdout' | 'stderr'): PassThrough =>
    new PassThrough().on('data', (chunk: Buffer) => (texts[name] += chunk.toString()));
  const streams = { stdout: stream('stdout'), stderr: stream('stderr') };
  const code = await runApp({ argv, env, ...streams, ...(signal ? { signal } : {}) });
  return { code, ...texts };
}

/** A service that answers. */
export interface Served {
  readonly origin: string;
  log(): string;
  stop(): Promise<number>;
}

/** Starts the service and waits until it answers; stop it. */
export async function serve(
  argv: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Served> {
  const controller = new AbortController();
  const stderr = new PassThrough();
  let text = '';
  stderr.on('data', (chunk: Buffer) => (text += chunk.toString()));
  let isOver = false;
  const done = runApp({
    argv: ['serve', '--port', '0', ...argv],
    env,
    stdout: new PassThrough(),
    stderr,
    signal: controller.signal,
  }).finally(() => (isOver = true));
  const origin = await until('it serves', () => {
    if (isOver) throw new Error(text);
    return /serves (http:\S+)\/ui\//.exec(text)?.[1];
  });
  return {
    origin,
    log: () => text,
    stop: async () => {
      controller.abort();
      return await done;
    },
  };
}

/** Credentials in the environment of this process, where the SDK looks for them; call the result to take them away. */
export function useCredentials(credentials: {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}): () => void {
  const names = { AWS_ACCESS_KEY_ID: 'accessKeyId', AWS_SECRET_ACCESS_KEY: 'secretAccessKey' } as const;
  const saved = Object.keys(names).map((name) => [name, process.env[name]] as const);
  for (const [name, member] of Object.entries(names)) process.env[name] = credentials[member];
  return () => {
    for (const [name, value] of saved) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  };
}
