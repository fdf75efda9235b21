import { PrerequisiteError } from '../errors.js';
import type { Metrics } from './metrics.js';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What `/healthz` says: `ok` decides between 200 and 503, the rest is shown. */
export interface Health {
  readonly ok: boolean;
  readonly [detail: string]: unknown;
}

/** A response of an app's own path. */
export interface ObservedResponse {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

export interface ObservabilityOptions {
  /** Address to listen on. Default 127.0.0.1. */
  readonly host?: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** Asked at each request; a failure or more than 5 s count as not healthy. */
  readonly health: () => Health | Promise<Health>;
  /** A registry, or text in the Prometheus format. */
  readonly metrics: Metrics | (() => string | Promise<string>);
  /** Further paths, such as `/`, each with what it answers. */
  readonly routes?: Readonly<Record<string, () => ObservedResponse | Promise<ObservedResponse>>>;
  /** Closes the server when aborted. */
  readonly signal?: AbortSignal;
}

/** A running server. */
export interface Observability {
  readonly host: string;
  readonly port: number;
  readonly url: string;
  /** Stops listening, gives running answers a second, and resolves when all is closed. Safe to call twice. */
  close(): Promise<void>;
}

const mostConnections = 64;
const patienceMs = 5000;

/**
 * Serves `/healthz` (JSON, 200 or 503) and `/metrics` (Prometheus text). Slow, idle and too many clients are
 * cut off. Throws a {@link PrerequisiteError} when the address cannot be listened on.
 */
export async function serveObservability(options: ObservabilityOptions): Promise<Observability> {
  const { createServer } = await import('node:http');
  const server = createServer(
    {
      headersTimeout: patienceMs,
      requestTimeout: patienceMs,
      keepAliveTimeout: patienceMs,
      connectionsCheckingInterval: 1000,
      maxHeaderSize: 8192,
    },
    (request, response) => {
      void answer(options, request, response);
    },
  );
  server.maxConnections = mostConnections;
  server.setTimeout(2 * patienceMs, (socket) => socket.destroy());
  server.on('clientError', (_, socket) => {
    socket.destroy();
  });
  const host = options.host ?? '127.0.0.1';
  await listen(server, host, options.port);
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => (closing ??= closeServer(server));
  options.signal?.addEventListener('abort', () => void close(), { once: true });
  if (options.signal?.aborted) await close();
  const port = (server.address() as AddressInfo | null)?.port ?? options.port;
  return { host, port, url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`, close };
}

async function answer(
  options: ObservabilityOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  request.resume();
  const path = (request.url ?? '/').replace(/\?.*$/s, '');
  const { status, contentType, body } = await respond(options, request.method ?? '', path);
  response.writeHead(status, {
    'content-type': contentType,
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...(status === 405 ? { allow: 'GET, HEAD' } : {}),
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}

async function respond(
  options: ObservabilityOptions,
  method: string,
  path: string,
): Promise<ObservedResponse> {
  if (method !== 'GET' && method !== 'HEAD') return plain(405, 'only GET and HEAD\n');
  const own = Object.hasOwn(options.routes ?? {}, path) ? options.routes?.[path] : undefined;
  try {
    if (own) return await within(own());
    if (path === '/healthz') {
      const health = await within(options.health());
      return {
        status: health.ok ? 200 : 503,
        contentType: 'application/json',
        body: `${JSON.stringify(health)}\n`,
      };
    }
    if (path === '/metrics') {
      const { metrics } = options;
      const body = await within(typeof metrics === 'function' ? metrics() : metrics.render());
      return { status: 200, contentType: 'text/plain; version=0.0.4; charset=utf-8', body };
    }
  } catch (error) {
    // The reason may name things that are nobody's business here; the log is the place for it.
    const reason = error instanceof TookTooLong ? 'took too long' : 'failed';
    if (path !== '/healthz') return plain(500, `${reason}\n`);
    return {
      status: 503,
      contentType: 'application/json',
      body: `${JSON.stringify({ ok: false, reason })}\n`,
    };
  }
  return plain(404, 'not found\n');
}

class TookTooLong extends Error {}

async function within<T>(work: T | Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new TookTooLong());
    }, patienceMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

function plain(status: number, body: string): ObservedResponse {
  return { status, contentType: 'text/plain; charset=utf-8', body };
}

async function listen(server: Server, host: string, port: number): Promise<void> {
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host, port, exclusive: true }, () => {
        server.off('error', reject);
        resolve();
      });
    });
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    const reasons: Readonly<Record<string, readonly [string, string]>> = {
      EADDRINUSE: ['another process listens there', 'Stop it or choose another port.'],
      EACCES: ['this port needs a privilege', 'Choose a port above 1023.'],
      EADDRNOTAVAIL: ['this machine does not have that address', 'Choose an address of this machine.'],
    };
    const [why, hint] = reasons[code] ?? [code, 'Choose another address or port.'];
    throw new PrerequisiteError(`cannot listen on ${host} port ${port}: ${why}`, { hint, cause: error });
  }
}

async function closeServer(server: Server): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(() => {
      server.closeAllConnections();
    }, 1000);
    server.close(() => {
      clearTimeout(timer);
      resolve();
    });
    server.closeIdleConnections();
  });
}
