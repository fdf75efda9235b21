import { ErrorReply } from 'redis';
import { TrackerError } from '../../../errors.js';

/** A call whose time is over. */
export class CallTimeout extends Error {
  constructor(timeoutMs: number) {
    super(`no answer within ${Math.round(timeoutMs)} ms`);
    this.name = 'CallTimeout';
  }
}

/** The connection was closed by us. */
export class ConnectionClosed extends Error {
  constructor() {
    super('the store is closed');
    this.name = 'ConnectionClosed';
  }
}

/** More calls at once than one connection takes. */
export class TooManyCalls extends Error {
  constructor() {
    super('too many calls wait for an answer');
    this.name = 'TooManyCalls';
  }
}

/** The first word of an error that a server answered: OOM, READONLY, MOVED ...; undefined for other errors. */
export function replyCode(error: unknown): string | undefined {
  if (!(error instanceof ErrorReply)) return undefined;
  // Before version 7 what a script's command answers stands behind where in the script that was.
  const [, inScript] = /^ERR Error running script .*?: -([A-Z]+) /s.exec(error.message) ?? [];
  return inScript ?? /^[A-Z]+/.exec(error.message)?.[0] ?? 'ERR';
}

// Said before anything was done, by servers that will or whose successors will do it soon.
const PASSING = new Set([
  'LOADING',
  'BUSY',
  'READONLY',
  'CLUSTERDOWN',
  'TRYAGAIN',
  'MASTERDOWN',
  'NOREPLICAS',
]);

export function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

/** Whether the same call may succeed soon, here or elsewhere. */
export function isPassing(error: unknown): boolean {
  if (error instanceof CallTimeout || error instanceof ConnectionClosed) return false;
  if (error instanceof TooManyCalls || error instanceof TypeError) return false;
  const code = replyCode(error);
  return code === undefined || PASSING.has(code);
}

const HINTS: Readonly<Record<string, string>> = {
  OOM: 'Redis has reached its maxmemory: raise it, or keep fewer days.',
  NOAUTH: 'Redis wants a password: put it in the url.',
  WRONGPASS: 'Redis does not know this user and password.',
  NOPERM:
    'The user may not do all that the tracker does; it needs the commands on its keys, scripts and streams.',
  READONLY: 'This is a replica: name the master, or use its sentinels.',
  MISCONF: 'Redis cannot write to its disk; its log says why.',
  CROSSSLOT: 'This is a Redis Cluster: open it as one.',
  MOVED: 'This is a Redis Cluster: open it as one.',
  WRONGTYPE: 'A key that the tracker uses holds something else; nothing was changed.',
};

/** Any failure as the store's own. Nothing in `secrets` gets into its texts. */
export function toStoreError(error: unknown, secrets: readonly string[]): TrackerError {
  if (error instanceof TrackerError) return error;
  const { message } = asError(error);
  const safe = secrets.reduce((text, secret) => text.replaceAll(secret, '***'), message);
  const hint = HINTS[replyCode(error) ?? ''];
  return new TrackerError('NET_TRACKER_STORE', `Redis: ${safe}`, {
    ...(safe === message && { cause: error }),
    ...(hint !== undefined && { hint }),
  });
}
