import { setTimeout as pause } from 'node:timers/promises';
import type { Connection } from './connection.js';
import { asError, CallTimeout, isPassing, replyCode } from './failures.js';
import { createServerConnection, type ServerConnectionParts } from './server-connection.js';

const RETRY_PAUSE_MS = 50;

/** A connection to one server, which may be another one each time that it connects. */
export function createSingleConnection(parts: ServerConnectionParts, timeoutMs: number): Connection {
  const server = createServerConnection(parts);
  return {
    call: async (_key, args, options = {}) => {
      const untilMs = performance.now() + (options.timeoutMs ?? timeoutMs);
      let last: Error | undefined;
      for (;;) {
        const leftMs = untilMs - performance.now();
        if (leftMs <= 0) throw last ?? new CallTimeout(options.timeoutMs ?? timeoutMs);
        try {
          return await server.attempt(args, { ...options, timeoutMs: leftMs });
        } catch (error) {
          // That the time is over says less than what went wrong before.
          if (error instanceof CallTimeout && last !== undefined) throw last;
          if (!isPassing(error)) throw error;
          last = asError(error);
          if (replyCode(error) === undefined) continue;
          // Sentinels may know of another master by now.
          if (parts.isMasterOnly && replyCode(error) === 'READONLY') server.drop();
          await pause(Math.min(RETRY_PAUSE_MS, Math.max(0, untilMs - performance.now())));
        }
      }
    },
    another: () => createSingleConnection(parts, timeoutMs),
    close: () => {
      server.close();
    },
  };
}
