import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

import { StageError } from './stage.js';

/** Runs a program without a shell and gives its standard output; a failure carries its standard error. */
export async function run(
  command: string,
  args: readonly string[],
  options: { readonly input?: string; readonly signal?: AbortSignal; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<string> {
  const child = spawn(command, args, {
    ...(options.env ? { env: options.env } : {}),
    stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    ...(options.signal ? { signal: options.signal } : {}),
  });
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  // A program that ends before it has read everything is judged by its exit code.
  child.stdin?.on('error', () => undefined).end(options.input);
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new StageError(`${command} ${args.join(' ')} ended with ${code}: ${stderr.trim()}`);
  return stdout;
}

/** A program that runs until it is stopped. */
export interface RunningProgram {
  /** Resolves when its output matches; rejects when it ends first. */
  waitFor(pattern: RegExp): Promise<void>;
  /** SIGTERM, and the wait for its end. */
  stop(): Promise<void>;
  /** SIGKILL, and the wait for its end. */
  kill(): Promise<void>;
}

/** Starts a program without a shell; `onLine` is given each line of its standard error. */
export function start(
  command: string,
  args: readonly string[],
  signal: AbortSignal,
  options: { readonly env?: NodeJS.ProcessEnv; readonly onLine?: (line: string) => void } = {},
): RunningProgram {
  const child = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(options.env ? { env: options.env } : {}),
  });
  if (options.onLine) createInterface({ input: child.stderr }).on('line', options.onLine);
  let output = '';
  const closed = once(child, 'close');
  let wake = (): void => undefined;
  const onData = (text: string): void => {
    output += text;
    wake();
  };
  child.stdout.setEncoding('utf8').on('data', onData);
  child.stderr.setEncoding('utf8').on('data', onData);
  return {
    waitFor: (pattern) =>
      new Promise((resolve, reject) => {
        wake = () => {
          if (pattern.test(output)) resolve();
        };
        wake();
        void closed.then(() => {
          reject(new StageError(`${command} ended: ${output.trim()}`));
        });
        signal.addEventListener('abort', () => {
          reject(new StageError('interrupted'));
        });
      }),
    stop: async () => {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
      await closed;
    },
    kill: async () => {
      child.kill('SIGKILL');
      await closed;
    },
  };
}
