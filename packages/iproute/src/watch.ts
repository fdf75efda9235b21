import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

import type { RunOptions } from './command.js';
import { environment, ipCommandLine } from './command.js';
import { IprouteError } from './errors.js';

/** What a change was about. */
export type WatchTopic = 'link' | 'address' | 'route' | 'rule';

/**
 * Something happened. `changed` carries the kernel's notice as `ip monitor` worded it, as a hint for logs: read
 * the state again with `observe`. `resync` comes first, when the listening has begun, and again whenever
 * notices may have been lost: the state must be read again then, too.
 */
export type WatchEvent =
  | { readonly kind: 'changed'; readonly topic: WatchTopic; readonly deleted: boolean; readonly text: string }
  | { readonly kind: 'resync'; readonly reason: string };

/** What to listen to. */
export interface WatchOptions extends RunOptions {
  /** Default: all four. */
  readonly topics?: readonly WatchTopic[] | undefined;
  /** Most events kept for a slow reader, 1 and up; beyond it they are dropped for one `resync`. Default 1024. */
  readonly queueLimit?: number | undefined;
}

const labels: Readonly<Record<string, WatchTopic>> = {
  LINK: 'link',
  ADDR: 'address',
  ROUTE: 'route',
  RULE: 'rule',
};

/**
 * Listens to the kernel's notices on links, addresses, routes and rules until the signal aborts (the iteration
 * then ends) or the caller leaves the loop. The underlying `ip monitor` is started again when it ends.
 *
 * @throws {IprouteError} NET_IPROUTE_MISSING without `ip`; NET_IPROUTE_COMMAND when `ip monitor` ends five times
 *   in a row without having listened.
 */
export async function* watch(options: WatchOptions = {}): AsyncGenerator<WatchEvent, void, void> {
  const { signal } = options;
  let failures = 0;
  for (let run = 0; !isAborted(signal); run++) {
    const session = startMonitor(options);
    let listened = false;
    try {
      while (true) {
        const event = await session.next();
        if (event === undefined) break;
        if (event.kind === 'resync') {
          listened = true;
          failures = 0;
        }
        yield run > 0 && event.kind === 'resync'
          ? { ...event, reason: 'ip monitor was started again' }
          : event;
      }
    } finally {
      session.stop();
    }
    if (isAborted(signal)) return;
    failures = listened ? 0 : failures + 1;
    if (failures >= 5)
      throw new IprouteError('NET_IPROUTE_COMMAND', `ip monitor does not listen: ${session.complaint()}`);
    await sleep(Math.min(100 * 2 ** failures, 5_000), undefined, { signal }).catch(() => undefined);
  }
}

// A function, so that the compiler does not believe the answer to last.
function isAborted(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true;
}

interface Session {
  next(): Promise<WatchEvent | undefined>;
  stop(): void;
  complaint(): string;
}

function startMonitor(options: WatchOptions): Session {
  const { signal } = options;
  const limit = options.queueLimit ?? 1024;
  const topics = options.topics ?? ['link', 'address', 'route', 'rule'];
  const args = ['-o', '-rcvbuf', '4194304', 'monitor', 'label', ...topics];
  const [command, ...rest] = ipCommandLine(args, options);
  const child = spawn(command, rest, { stdio: ['ignore', 'pipe', 'pipe'], env: environment() });
  const queue: WatchEvent[] = [];
  let wake: (() => void) | undefined;
  let ended = false;
  let failure: IprouteError | undefined;
  let stderr = '';
  const push = (event: WatchEvent): void => {
    if (queue.length >= limit) {
      queue.length = 0;
      queue.push({ kind: 'resync', reason: 'the reader was too slow' });
    } else queue.push(event);
    wake?.();
  };
  const finish = (): void => {
    ended = true;
    wake?.();
  };
  const stop = (): void => void child.kill('SIGTERM');
  const onAbort = (): void => {
    stop();
    finish();
  };
  signal?.addEventListener('abort', onAbort, { once: true });
  child.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT')
      failure = new IprouteError('NET_IPROUTE_MISSING', `${command} is not installed or not on PATH`, {
        cause: error,
      });
    finish();
  });
  child.on('close', () => {
    signal?.removeEventListener('abort', onAbort);
    finish();
  });
  let partial = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const lines = (partial + text).split('\n');
    partial = lines.pop() ?? '';
    for (const line of lines) {
      const event = parseMonitorLine(line);
      if (event) push(event);
    }
  });
  child.stderr.on('data', (chunk: Buffer) => {
    const text = chunk.toString('latin1');
    stderr = (stderr + text).slice(-2_000);
    // ENOBUFS: the kernel dropped notices because the socket was full.
    if (/No buffer space/i.test(text)) push({ kind: 'resync', reason: 'the kernel dropped notices' });
  });
  if (child.pid !== undefined)
    void listening(child.pid, () => ended).then((known) => {
      if (!ended) push({ kind: 'resync', reason: known ? 'listening' : 'started' });
    });
  return {
    next: async () => {
      while (queue.length === 0) {
        if (failure) throw failure;
        if (ended) return undefined;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        wake = undefined;
      }
      return queue.shift();
    },
    stop: () => {
      signal?.removeEventListener('abort', onAbort);
      stop();
    },
    complaint: () => stderr.trim() || 'it ended at once',
  };
}

/** One line of `ip -o monitor label`; undefined for what is no notice. */
export function parseMonitorLine(line: string): WatchEvent | undefined {
  const match = /^\[(LINK|ADDR|ROUTE|RULE)\](Deleted )?(.*)$/s.exec(line);
  const topic = labels[match?.[1] ?? ''];
  if (!match || topic === undefined) return undefined;
  return { kind: 'changed', topic, deleted: match[2] !== undefined, text: (match[3] ?? '').trim() };
}

// ip monitor says nothing when it begins to listen, and what changes before that is lost. Its netlink socket
// in /proc/PID/net/netlink has a non-zero group mask from that moment on. Gives up after a second.
async function listening(pid: number, ended: () => boolean): Promise<boolean> {
  for (let attempt = 0; attempt < 200 && !ended(); attempt++) {
    const table = await readFile(`/proc/${pid}/net/netlink`, 'utf8').catch(() => '');
    // Columns: sk Eth Pid Groups ...; protocol 0 is rtnetlink. The port is the process id unless taken.
    const found = table
      .split('\n')
      .map((row) => row.trim().split(/\s+/))
      .some((row) => row[1] === '0' && row[2] === String(pid) && !/^0+$/.test(row[3] ?? '0'));
    if (found) return true;
    await sleep(5);
  }
  return false;
}
