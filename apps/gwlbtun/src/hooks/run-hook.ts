import type { HookCommand } from './hook-command.js';
import { type ChildProcess, spawn } from 'node:child_process';
import type { EndpointNames } from '@net/geneve';

export type HookEvent = 'CREATE' | 'DESTROY';

/** How a hook ended. */
export interface HookOutcome {
  readonly event: HookEvent;
  /** It ended by itself with status 0. */
  readonly succeeded: boolean;
  /** `exit`: by itself; `signal`: killed by somebody; `timeout`: killed by us; `not-started`: it could not be started. */
  readonly ending: 'exit' | 'signal' | 'timeout' | 'not-started';
  readonly exitCode: number | undefined;
  readonly signal: NodeJS.Signals | undefined;
  readonly durationMs: number;
  /** The first 16 KiB of what it wrote. */
  readonly output: string;
  /** In words, for the log. */
  readonly summary: string;
}

export interface HookRun {
  readonly command: HookCommand;
  readonly event: HookEvent;
  readonly names: EndpointNames;
  readonly timeoutMs: number;
  /** Aborting ends the hook like a timeout. */
  readonly signal?: AbortSignal;
  readonly monotonicMs?: () => number;
}

const OUTPUT_BYTES = 16_384;
const KILL_AFTER_MS = 2_000;

/**
 * Runs a hook without a shell, in a process group of its own, with the arguments `EVENT gwi-X gwo-X ENIHEX` and the same
 * in the environment. Past its time the whole group gets SIGTERM, two seconds later SIGKILL. Never rejects.
 */
export async function runHook(run: HookRun): Promise<HookOutcome> {
  const monotonicMs = run.monotonicMs ?? (() => performance.now());
  const startedMs = monotonicMs();
  const { event, names, command } = run;
  const child = spawn(command.file, [...command.args, event, names.ingress, names.egress, names.hex17], {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...hookEnvironment(event, names) },
  });
  const output = collectOutput(child.stdout, child.stderr);
  const ending = await new Promise<Pick<HookOutcome, 'ending' | 'exitCode' | 'signal'> & { reason?: string }>(
    (resolve) => {
      let expired = false;
      let killTimer: NodeJS.Timeout | undefined;
      const expire = (): void => {
        if (expired || child.pid === undefined) return;
        expired = true;
        killGroup(child.pid, 'SIGTERM');
        killTimer = setTimeout(() => killGroup(child.pid, 'SIGKILL'), KILL_AFTER_MS);
      };
      const timer = setTimeout(expire, run.timeoutMs);
      run.signal?.addEventListener('abort', expire, { once: true });
      if (run.signal?.aborted === true) expire();
      const settle = (
        ended: Pick<HookOutcome, 'ending' | 'exitCode' | 'signal'> & { reason?: string },
      ): void => {
        clearTimeout(timer);
        clearTimeout(killTimer);
        run.signal?.removeEventListener('abort', expire);
        resolve(ended);
      };
      child.once('error', (error) =>
        settle({ ending: 'not-started', exitCode: undefined, signal: undefined, reason: error.message }),
      );
      child.once('exit', (code, signal) => {
        // What the hook left running must not outlive its time either, nor keep its pipes open.
        if (expired) killGroup(child.pid, 'SIGKILL');
        settle({
          ending: expired ? 'timeout' : signal === null ? 'exit' : 'signal',
          exitCode: code ?? undefined,
          signal: signal ?? undefined,
        });
      });
    },
  );
  await closedOr(child, 200);
  child.stdout.destroy();
  child.stderr.destroy();
  const durationMs = monotonicMs() - startedMs;
  const { reason, ...facts } = ending;
  return {
    event,
    ...facts,
    succeeded: facts.ending === 'exit' && facts.exitCode === 0,
    durationMs,
    output: output(),
    summary: summarise(event, facts, durationMs, reason),
  };
}

/** What a hook finds in its environment beside its arguments. */
export function hookEnvironment(event: HookEvent, names: EndpointNames): Record<string, string> {
  return {
    GWLBTUN_EVENT: event,
    GWLBTUN_IN: names.ingress,
    GWLBTUN_OUT: names.egress,
    GWLBTUN_ENI: names.hex17,
    GWLBTUN_ENI_HEX16: names.hex16,
  };
}

/** Waits for the rest of the output, but not for a background process that keeps the pipes open. */
async function closedOr(child: ChildProcess, waitMs: number): Promise<void> {
  if (child.stdout?.readableEnded === true && child.stderr?.readableEnded === true) return;
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, waitMs);
    child.once('close', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

function collectOutput(...streams: NodeJS.ReadableStream[]): () => string {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for (const stream of streams)
    stream.on('data', (chunk: Buffer) => {
      if (bytes < OUTPUT_BYTES) chunks.push(chunk.subarray(0, OUTPUT_BYTES - bytes));
      bytes += chunk.length;
    });
  return () => Buffer.concat(chunks).toString('utf8');
}

function killGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // The group is gone already.
  }
}

function summarise(
  event: HookEvent,
  ended: Pick<HookOutcome, 'ending' | 'exitCode' | 'signal'>,
  durationMs: number,
  reason: string | undefined,
): string {
  const time = `after ${(durationMs / 1000).toFixed(2)} s`;
  switch (ended.ending) {
    case 'exit':
      return `${event} hook ended with status ${ended.exitCode ?? '?'} ${time}`;
    case 'signal':
      return `${event} hook was ended by ${ended.signal ?? 'a signal'} ${time}`;
    case 'timeout':
      return `${event} hook was stopped ${time}: it took too long`;
    case 'not-started':
      return `${event} hook could not be started: ${reason ?? 'unknown reason'}`;
  }
}
