import { spawn } from 'node:child_process';
import { closeSync } from 'node:fs';

import { decodeBytes } from './decode.js';
import { IprouteCommandError, IprouteError } from './errors.js';

/** Where and how the programs run; every function of the package that starts one takes these. */
export interface RunOptions {
  /**
   * Network namespace: a name of `ip netns`, or the absolute path of a namespace file such as
   * `/proc/1234/ns/net`. Default: the caller's own.
   */
  readonly namespace?: string | undefined;
  /** Kills the program and rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Longest run of one program in milliseconds, 1 and up; default 30000. */
  readonly timeoutMs?: number | undefined;
  /** The `ip` program; default `ip`, looked up on PATH and then in /usr/sbin and /sbin. */
  readonly ipCommand?: string | undefined;
  /** The `nft` program; default `nft`, looked up in the same way. */
  readonly nftCommand?: string | undefined;
}

/** What a program printed and how it ended. */
export interface CommandResult {
  readonly exitCode: number | null;
  readonly stdout: Uint8Array;
  readonly stderr: string;
}

/** Program and arguments that run `ip` with `args` in the wanted namespace. */
export function ipCommandLine(args: readonly string[], options: RunOptions): readonly [string, ...string[]] {
  const ip = options.ipCommand ?? 'ip';
  const { namespace } = options;
  if (namespace === undefined) return [ip, ...args];
  if (namespace.startsWith('/')) return ['nsenter', `--net=${namespace}`, ip, ...args];
  return [ip, '-n', checkedNamespace(namespace), ...args];
}

/** Program and arguments that run any program with `args` in the wanted namespace. */
export function commandLine(
  command: string,
  args: readonly string[],
  options: RunOptions,
): readonly [string, ...string[]] {
  const { namespace } = options;
  if (namespace === undefined) return [command, ...args];
  if (namespace.startsWith('/')) return ['nsenter', `--net=${namespace}`, command, ...args];
  return [options.ipCommand ?? 'ip', 'netns', 'exec', checkedNamespace(namespace), command, ...args];
}

/**
 * Runs a program without a shell to its end and gives its output whatever its exit code.
 *
 * @throws {IprouteError} NET_IPROUTE_MISSING when the program is not there, NET_IPROUTE_TIMEOUT when it ran too
 *   long; the signal's reason when aborted.
 */
export async function runCommand(
  line: readonly [string, ...string[]],
  options: RunOptions,
  input?: string,
  inputFd?: number,
): Promise<CommandResult> {
  const [command, ...args] = line;
  options.signal?.throwIfAborted();
  return await new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: [inputFd ?? 'pipe', 'pipe', 'pipe'], env: environment() });
    if (inputFd !== undefined) closeSync(inputFd);
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    let ending: Error | undefined;
    const end = (reason: Error): void => {
      ending ??= reason;
      child.kill('SIGKILL');
    };
    const timeoutMs = options.timeoutMs ?? 30_000;
    const timer = setTimeout(() => {
      end(new IprouteCommandError('NET_IPROUTE_TIMEOUT', line, null, `no end within ${timeoutMs} ms`));
    }, timeoutMs);
    const onAbort = (): void => end(abortReason(options.signal));
    options.signal?.addEventListener('abort', onAbort, { once: true });
    const settle = (action: () => void): void => {
      clearTimeout(timer);
      options.signal?.removeEventListener('abort', onAbort);
      action();
    };
    child.stdout?.on('data', (chunk: Buffer) => void stdout.push(chunk));
    child.stderr?.on('data', (chunk: Buffer) => void stderr.push(chunk));
    // A program that ends without reading its input breaks the pipe; its exit code says what matters.
    child.stdin?.on('error', () => undefined);
    child.on('error', (error: NodeJS.ErrnoException) => {
      settle(() => reject(spawnError(line, error)));
    });
    child.on('exit', () => {
      if (ending === undefined) return;
      // A descendant that lives on may hold the pipes open: what was killed is not waited for any longer.
      child.stdout?.destroy();
      child.stderr?.destroy();
    });
    child.on('close', (exitCode) => {
      settle(() => {
        if (ending !== undefined) reject(ending);
        else resolve({ exitCode, stdout: Buffer.concat(stdout), stderr: decodeBytes(Buffer.concat(stderr)) });
      });
    });
    child.stdin?.end(input ?? '');
  });
}

/** Runs a program that must succeed. */
export async function runChecked(
  line: readonly [string, ...string[]],
  options: RunOptions,
  input?: string,
): Promise<Uint8Array> {
  const result = await runCommand(line, options, input);
  if (result.exitCode !== 0) throw commandError(line, result);
  return result.stdout;
}

/** The error for a program that failed: a missing privilege is told from every other failure. */
export function commandError(line: readonly string[], result: CommandResult): IprouteCommandError {
  const denied = /Operation not permitted|Permission denied|must be root|Are you root/i.test(result.stderr);
  return new IprouteCommandError(
    denied ? 'NET_IPROUTE_PERMISSION' : 'NET_IPROUTE_COMMAND',
    line,
    result.exitCode,
    result.stderr,
  );
}

let cachedEnvironment: NodeJS.ProcessEnv | undefined;
let cachedPath: string | undefined;

/** The caller's environment with the administrator's folders on PATH and messages in English. */
export function environment(): NodeJS.ProcessEnv {
  if (cachedEnvironment === undefined || cachedPath !== process.env['PATH']) {
    cachedPath = process.env['PATH'];
    const path = [cachedPath ?? '', '/usr/sbin', '/sbin', '/usr/bin', '/bin'].filter(Boolean).join(':');
    cachedEnvironment = { ...process.env, PATH: path, LC_ALL: 'C' };
  }
  return cachedEnvironment;
}

function checkedNamespace(name: string): string {
  if (!/^[A-Za-z0-9_][A-Za-z0-9_.:@+-]{0,254}$/.test(name))
    throw new IprouteError('NET_IPROUTE_INVALID', `not a network namespace name: ${JSON.stringify(name)}`);
  return name;
}

function spawnError(line: readonly [string, ...string[]], error: NodeJS.ErrnoException): IprouteError {
  if (error.code === 'ENOENT')
    return new IprouteError('NET_IPROUTE_MISSING', `${line[0]} is not installed or not on PATH`, {
      cause: error,
    });
  if (error.code === 'EACCES')
    return new IprouteCommandError('NET_IPROUTE_PERMISSION', line, null, 'Permission denied', {
      cause: error,
    });
  return new IprouteCommandError('NET_IPROUTE_COMMAND', line, null, error.message, { cause: error });
}

function abortReason(signal: AbortSignal | undefined): Error {
  const reason: unknown = signal?.reason;
  return reason instanceof Error ? reason : new Error('aborted', { cause: reason });
}
