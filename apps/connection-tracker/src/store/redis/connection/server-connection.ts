import { isIP } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { createClient, RESP_TYPES } from 'redis';
import type { ServerAddress } from '../options.js';
import type { Argument, CallOptions, Reply } from './connection.js';
import { asError, ConnectionClosed, replyCode, TooManyCalls } from './failures.js';
import { within } from './time-limit.js';

/** What is used of the library's client. */
interface Client {
  on(event: 'error', listener: (error: Error) => void): unknown;
  connect(): Promise<unknown>;
  sendCommand<T>(
    args: readonly Argument[],
    options?: { readonly typeMapping?: Record<number, BufferConstructor> },
  ): Promise<T>;
  destroy(): void;
}

export interface ServerConnectionParts {
  /** Where to connect to; asked again for every connection. */
  readonly resolve: (timeoutMs: number) => Promise<ServerAddress>;
  /** Refuses a server that says it is a replica. */
  readonly isMasterOnly: boolean;
  readonly connectTimeoutMs: number;
  /** Once for each outage. */
  readonly onLost?: (error: Error) => void;
  /** After an outage. */
  readonly onBack?: () => void;
}

/** One connection to one server, made when it is needed, dropped when it breaks or does not answer. */
export interface ServerConnection {
  /** One attempt, with at most this time; `asking` sends ASKING right before. */
  attempt(
    args: readonly Argument[],
    options: CallOptions & { readonly timeoutMs: number; readonly asking?: boolean },
  ): Promise<Reply>;
  /** The next attempt connects anew. */
  drop(): void;
  close(): void;
}

/** Calls that may wait for one connection at a time. */
const MAX_CALLS = 20_000;
/** Pause before a connection is tried again, doubled with every failure. */
const FIRST_PAUSE_MS = 20;
const LONGEST_PAUSE_MS = 500;

export function createServerConnection(parts: ServerConnectionParts): ServerConnection {
  let current: { readonly ready: Promise<Client>; client?: Client } | undefined;
  let failures = 0;
  let isOut = false;
  let notBeforeMs = 0;
  let calls = 0;
  let isClosed = false;
  const closed = (): boolean => isClosed;

  const open = async (holder: NonNullable<typeof current>): Promise<Client> => {
    const waitMs = notBeforeMs - performance.now();
    if (waitMs > 0) await pause(waitMs);
    if (isClosed) throw new ConnectionClosed();
    const address = await parts.resolve(parts.connectTimeoutMs);
    const client = newClient(address, parts.connectTimeoutMs);
    holder.client = client;
    client.on('error', (error: Error) => {
      if (current !== holder) return;
      current = undefined;
      lose(error);
    });
    const where = `${address.host}:${address.port}`;
    // A server that is stopped accepts connections and says nothing. Whose call this is has its own time.
    const soon = <T>(answer: Promise<T>): Promise<T> =>
      within(answer, parts.connectTimeoutMs, () => new Error(`${where} does not answer`));
    try {
      await soon(client.connect());
      if (parts.isMasterOnly) {
        const role = await soon(client.sendCommand<Reply>(['ROLE']));
        if (!Array.isArray(role) || role[0] !== 'master') throw new Error(`${where} is not the master`);
      }
    } catch (error) {
      client.destroy();
      throw error;
    }
    if (closed()) client.destroy();
    return client;
  };

  const lose = (error: unknown): void => {
    if (isOut || isClosed) return;
    isOut = true;
    parts.onLost?.(asError(error));
  };

  const connect = (): Promise<Client> => {
    if (current === undefined) {
      const holder = {} as { ready: Promise<Client>; client?: Client };
      holder.ready = open(holder).then(
        (client) => {
          failures = 0;
          if (isOut) parts.onBack?.();
          isOut = false;
          return client;
        },
        (error: unknown) => {
          if (current === holder) current = undefined;
          lose(error);
          notBeforeMs = performance.now() + Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** failures);
          failures = Math.min(failures + 1, 10);
          throw error;
        },
      );
      holder.ready.catch(() => undefined);
      current = holder;
    }
    return current.ready;
  };

  const drop = (client?: Client): void => {
    const holder = current;
    if (holder === undefined || (client !== undefined && holder.client !== client)) return;
    current = undefined;
    holder.client?.destroy();
  };

  return {
    attempt: async (args, { timeoutMs, asBytes = false, asking = false }) => {
      if (isClosed) throw new ConnectionClosed();
      if (calls >= MAX_CALLS) throw new TooManyCalls();
      calls += 1;
      const untilMs = performance.now() + timeoutMs;
      let client: Client | undefined;
      try {
        client = await within(connect(), timeoutMs);
        const options = asBytes ? { typeMapping: { [RESP_TYPES.BLOB_STRING]: Buffer } } : {};
        // Both are queued at once: nothing gets between them.
        if (asking) client.sendCommand(['ASKING']).catch(() => undefined);
        const answer = client.sendCommand<Reply>(args, options);
        return await within(answer, untilMs - performance.now());
      } catch (error) {
        if (closed()) throw new ConnectionClosed();
        // What comes late on this connection belongs to nobody any more.
        if (client !== undefined && replyCode(error) === undefined) drop(client);
        throw error;
      } finally {
        calls -= 1;
      }
    },
    drop: () => {
      drop();
    },
    close: () => {
      isClosed = true;
      drop();
    },
  };
}

function newClient(address: ServerAddress, connectTimeoutMs: number): Client {
  const { host, port, isTls, username, password, database } = address;
  const socket = { host, port, connectTimeout: connectTimeoutMs, reconnectStrategy: false as const };
  // A certificate is asked for by name; the name of an address is the address itself.
  const tls = { tls: true as const, ...(isIP(host) === 0 && { servername: host }) };
  return createClient({
    RESP: 2,
    socket: isTls ? { ...socket, ...tls } : socket,
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    ...(database > 0 && { database }),
    name: 'connection-tracker',
    disableClientInfo: true,
    disableOfflineQueue: true,
    maintNotifications: 'disabled',
    commandsQueueMaxLength: MAX_CALLS,
    commandOptions: { timeout: 0 },
  });
}
