import { setTimeout as pause } from 'node:timers/promises';
import type { ServerAddress } from '../options.js';
import { type Connection, listOf, numberOf, textOf } from './connection.js';
import { asError, CallTimeout, ConnectionClosed, isPassing, replyCode } from './failures.js';
import { hashSlot } from './hash-slot.js';
import { createServerConnection, type ServerConnection } from './server-connection.js';
import { within } from './time-limit.js';

export interface ClusterConnectionParts {
  /** Nodes that are known from the beginning. */
  readonly seeds: readonly ServerAddress[];
  readonly connectTimeoutMs: number;
  readonly onLost?: (error: Error) => void;
  readonly onBack?: () => void;
}

const RETRY_PAUSE_MS = 50;
/** So many are followed without a pause. */
const FREE_REDIRECTIONS = 4;
/** Who has which slot is not asked for more often than this. */
const REFRESH_PAUSE_MS = 100;

interface Node {
  readonly host: string;
  readonly port: number;
  readonly connection: ServerConnection;
}

/**
 * A connection to a Redis Cluster: each call goes to the master of its key's slot. MOVED and ASK are followed, and who
 * has which slot is asked for again whenever a node does not answer; nodes that do are not disturbed by others that do not.
 */
export function createClusterConnection(parts: ClusterConnectionParts, timeoutMs: number): Connection {
  const { seeds, connectTimeoutMs, onLost, onBack } = parts;
  const nodes = new Map<string, Node>();
  let masters: (string | undefined)[] = [];
  let isStale = true;
  let refreshing: Promise<void> | undefined;
  let notBeforeMs = 0;
  let isClosed = false;
  const closed = (): boolean => isClosed;

  const nodeAt = (host: string, port: number): Node => {
    const name = `${host}:${port}`;
    let node = nodes.get(name);
    if (node === undefined) {
      const { isTls, username, password } = seeds[0]!;
      const address = { host, port, isTls, username, password, database: 0 };
      const connection = createServerConnection({
        resolve: () => Promise.resolve(address),
        isMasterOnly: false,
        connectTimeoutMs,
        ...(onLost && { onLost }),
        ...(onBack && { onBack }),
      });
      node = { host, port, connection };
      nodes.set(name, node);
    }
    return node;
  };

  /** Others are asked first. */
  const demote = (name: string): void => {
    const node = nodes.get(name);
    if (nodes.delete(name) && node) nodes.set(name, node);
  };

  /** Asks one node after the other who has which slot. */
  const refresh = async (): Promise<void> => {
    const waitMs = notBeforeMs - performance.now();
    if (waitMs > 0) await pause(waitMs);
    let last: Error | undefined;
    const known = [...nodes.values()].map(({ host, port }) => ({ host, port }));
    for (const { host, port } of [...known, ...seeds]) {
      if (isClosed) throw new ConnectionClosed();
      try {
        const answer = await nodeAt(host, port).connection.attempt(['CLUSTER', 'SLOTS'], {
          timeoutMs: connectTimeoutMs,
        });
        const next: string[] = [];
        const named = new Set<string>();
        for (const range of listOf(answer)) {
          const [from, to, master, ...replicas] = listOf(range);
          for (const place of [master, ...replicas]) {
            const [at, number] = listOf(place ?? []);
            // A node that does not know its own address means the one that was asked.
            named.add(`${textOf(at ?? '') || host}:${numberOf(number ?? 0)}`);
          }
          const [at, number] = listOf(master ?? []);
          const name = `${textOf(at ?? '') || host}:${numberOf(number ?? 0)}`;
          for (let slot = numberOf(from ?? 0); slot <= numberOf(to ?? -1); slot++) next[slot] = name;
        }
        if (named.size === 0) throw new Error(`${host}:${port} is in no cluster, or in one without slots`);
        masters = next;
        isStale = false;
        for (const [name, node] of nodes) {
          if (named.has(name)) continue;
          nodes.delete(name);
          node.connection.close();
        }
        // Replicas are kept by name: they are asked when the masters are gone.
        for (const name of named) nodeNamed(name);
        return;
      } catch (error) {
        // Whose call this is has its own time.
        last = error instanceof CallTimeout ? new Error(`${host}:${port} does not answer`) : asError(error);
        demote(`${host}:${port}`);
      }
    }
    throw last ?? new ConnectionClosed();
  };

  const nodeNamed = (name: string): Node => {
    const colon = name.lastIndexOf(':');
    return nodeAt(name.slice(0, colon), Number(name.slice(colon + 1)));
  };

  const refreshed = (): Promise<void> => {
    refreshing ??= refresh().finally(() => {
      notBeforeMs = performance.now() + REFRESH_PAUSE_MS;
      refreshing = undefined;
    });
    refreshing.catch(() => undefined);
    return refreshing;
  };

  return {
    call: async (key, args, options = {}) => {
      const slot = hashSlot(key);
      const givenMs = options.timeoutMs ?? timeoutMs;
      const untilMs = performance.now() + givenMs;
      let last: Error | undefined;
      let asked: string | undefined;
      let redirections = 0;
      for (;;) {
        const leftMs = untilMs - performance.now();
        if (isClosed) throw new ConnectionClosed();
        if (leftMs <= 0) throw last ?? new CallTimeout(givenMs);
        let node: Node | undefined;
        try {
          if (isStale) await within(refreshed(), leftMs);
          const name = asked ?? masters[slot];
          if (name === undefined) {
            isStale = true;
            throw new Error('no node of the cluster has the slot');
          }
          node = nodeNamed(name);
          const asking = asked !== undefined;
          asked = undefined;
          return await node.connection.attempt(args, {
            ...options,
            timeoutMs: untilMs - performance.now(),
            asking,
          });
        } catch (error) {
          if (error instanceof ConnectionClosed && !closed()) {
            // Of a node that has left.
            isStale = true;
            continue;
          }
          const code = replyCode(error);
          if (code === 'MOVED' || code === 'ASK') {
            const place = placeOf(error as Error, node);
            if (place !== undefined) {
              if (code === 'ASK') asked = place;
              else {
                masters[slot] = place;
                void refreshed();
              }
              redirections += 1;
              // Two nodes may name each other for a moment.
              if (redirections > FREE_REDIRECTIONS) await pause(RETRY_PAUSE_MS);
              continue;
            }
          }
          // Another node may have the slot by the next call.
          if (code === undefined || isPassing(error)) {
            isStale = true;
            if (node !== undefined) demote(`${node.host}:${node.port}`);
          }
          if (error instanceof CallTimeout && last !== undefined) throw last;
          if (!isPassing(error)) throw error;
          last = asError(error);
          await pause(Math.min(RETRY_PAUSE_MS, Math.max(0, untilMs - performance.now())));
        }
      }
    },
    another: () => createClusterConnection(parts, timeoutMs),
    close: () => {
      isClosed = true;
      for (const { connection } of nodes.values()) connection.close();
      nodes.clear();
    },
  };
}

/** Where `MOVED <slot> <host>:<port>` and `ASK ...` point; without a host to another port of the same. */
function placeOf({ message }: Error, from: Node | undefined): string | undefined {
  const [, host = '', port] = /^(?:MOVED|ASK) \d+ (.*):(\d+)$/.exec(message) ?? [];
  const at = host || from?.host;
  return port === undefined || at === undefined ? undefined : `${at}:${port}`;
}
