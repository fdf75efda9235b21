import { type ChildProcess, spawn, type SpawnOptions } from 'node:child_process';
import { once } from 'node:events';

/** How a finished process ended and everything it wrote. */
export interface RunResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A running child whose output can be awaited and which `stop` ends. */
export interface StartedProcess {
  readonly child: ChildProcess;
  readonly pid: number;
  /** What it has written so far. */
  output(): { stdout: string; stderr: string };
  /** Resolves when stdout or stderr matches; rejects when the process ends first or the time is over. */
  waitFor(pattern: RegExp, timeoutMs?: number): Promise<RegExpMatchArray>;
  /** Resolves when the process has ended. */
  readonly ended: Promise<RunResult>;
  /** Sends SIGTERM, then SIGKILL after `graceMs`, and waits for the end. Safe to call twice. */
  stop(graceMs?: number): Promise<RunResult>;
}

/** Runs a program without a shell to its end; never rejects for a non-zero code. */
export async function runProcess(
  command: string,
  args: readonly string[],
  options: SpawnOptions & { readonly input?: string | Uint8Array } = {},
): Promise<RunResult> {
  const { input, ...spawnOptions } = options;
  const started = startProcess(command, args, {
    ...spawnOptions,
    stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  });
  if (input !== undefined) started.child.stdin?.end(input);
  return await started.ended;
}

/** Starts a program without a shell. */
export function startProcess(
  command: string,
  args: readonly string[],
  options: SpawnOptions = {},
): StartedProcess {
  const child = spawn(command, [...args], { stdio: ['ignore', 'pipe', 'pipe'], ...options });
  let stdout = '';
  let stderr = '';
  const watchers = new Set<() => void>();
  const notify = (): void => {
    for (const watcher of [...watchers]) watcher();
  };
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    notify();
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    notify();
  });
  const ended = (async (): Promise<RunResult> => {
    const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
    const result = { code, signal, stdout, stderr };
    queueMicrotask(notify);
    return result;
  })();
  let finished: RunResult | undefined;
  ended.then(
    (result) => {
      finished = result;
      notify();
    },
    () => undefined,
  );
  return {
    child,
    pid: child.pid ?? -1,
    output: () => ({ stdout, stderr }),
    ended,
    waitFor: (pattern, timeoutMs = 20_000) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          fail(`no match for ${String(pattern)} within ${timeoutMs} ms`);
        }, timeoutMs);
        const done = (): void => {
          clearTimeout(timer);
          watchers.delete(check);
        };
        const fail = (why: string): void => {
          done();
          reject(new Error(`${command} ${args.join(' ')}: ${why}\nstdout: ${stdout}\nstderr: ${stderr}`));
        };
        const check = (): void => {
          const match = pattern.exec(stdout) ?? pattern.exec(stderr);
          if (match) {
            done();
            resolve(match);
          } else if (finished) fail(`ended with ${finished.code ?? finished.signal ?? '?'} first`);
        };
        watchers.add(check);
        check();
      }),
    stop: async (graceMs = 5_000) => {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGTERM');
        const timer = setTimeout(() => child.kill('SIGKILL'), graceMs);
        await ended;
        clearTimeout(timer);
      }
      return await ended;
    },
  };
}
