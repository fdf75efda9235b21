import { HandlerError } from '../errors.js';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

/** What the health port answers. */
export interface HealthAnswers {
  /** Any path but the two below: the report in its form, or nothing but the status. */
  report(): HealthAnswer;
  /** `/healthz` */
  healthz(): HealthAnswer;
  /** `/metrics`; `undefined`: not served here. */
  metrics(): HealthAnswer | undefined;
  /** A request could not be answered. */
  failed(error: unknown): void;
}

export interface HealthAnswer {
  readonly status: 200 | 503;
  readonly contentType: string;
  readonly body: string;
}

export interface HealthServer {
  readonly port: number;
  close(): Promise<void>;
}

export interface HealthServerOptions {
  readonly port: number;
  /** Absent: every address, IPv4 and IPv6. */
  readonly address: string | undefined;
  /** Connections at one time; the oldest gives way. Default 64. */
  readonly maxConnections?: number;
  /** How long a client may take for its request, and to read the answer. Default 5 seconds. */
  readonly patienceMs?: number;
}

/**
 * Serves the health port. A client that is slow, silent, or goes away costs at most one of `maxConnections` places for
 * `patienceMs`; when all are taken the oldest connection is closed, so that the next health check still comes through.
 *
 * @throws HandlerError `NET_GWLBTUN_HEALTH_PORT`, exit code 3, when the port cannot be listened on.
 */
export async function startHealthServer(
  options: HealthServerOptions,
  answers: HealthAnswers,
): Promise<HealthServer> {
  const patienceMs = options.patienceMs ?? 5_000;
  const server = createServer(
    {
      maxHeaderSize: 8_192,
      headersTimeout: patienceMs,
      requestTimeout: patienceMs,
      connectionsCheckingInterval: Math.max(100, patienceMs / 4),
      keepAliveTimeout: 1,
    },
    (request, response) => answer(request, response, answers),
  );
  server.on('clientError', (_error, socket) => socket.destroy());
  limitConnections(server, options.maxConnections ?? 64, patienceMs);
  await listen(server, options);
  const { port } = server.address() as AddressInfo;
  return {
    port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function answer(request: IncomingMessage, response: ServerResponse, answers: HealthAnswers): void {
  response.on('error', () => undefined);
  response.setHeader('Cache-Control', 'max-age=0, no-cache');
  response.setHeader('Connection', 'close');
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.writeHead(405, { Allow: 'GET, HEAD', 'Content-Length': 0 }).end();
    return;
  }
  try {
    const path = (request.url ?? '/').replace(/[?#].*$/s, '');
    const found =
      path === '/healthz' ? answers.healthz() : path === '/metrics' ? answers.metrics() : answers.report();
    if (!found) {
      response.writeHead(404, { 'Content-Length': 0 }).end();
      return;
    }
    const body = Buffer.from(found.body);
    const type = found.body === '' ? {} : { 'Content-Type': found.contentType };
    response.writeHead(found.status, { ...type, 'Content-Length': body.length });
    response.end(request.method === 'HEAD' ? undefined : body);
  } catch (error) {
    answers.failed(error);
    response.writeHead(503, { 'Content-Length': 0 }).end();
  }
}

function limitConnections(server: Server, most: number, patienceMs: number): void {
  const open = new Set<Socket>();
  server.on('connection', (socket) => {
    open.add(socket);
    socket.setTimeout(2 * patienceMs, () => socket.destroy());
    socket.on('error', () => socket.destroy());
    socket.once('close', () => open.delete(socket));
    if (open.size <= most) return;
    const [oldest] = open;
    oldest?.destroy();
    if (oldest) open.delete(oldest);
  });
}

async function listen(server: Server, options: HealthServerOptions): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const where = `${options.address ?? '*'}:${options.port}`;
      reject(
        new HandlerError(
          'NET_GWLBTUN_HEALTH_PORT',
          3,
          `the health port ${where} cannot be used: ${error.message}`,
          {
            cause: error,
            hint:
              error.code === 'EADDRINUSE'
                ? 'Another program listens there; give another port.'
                : 'Check -p and --health-address.',
          },
        ),
      );
    });
    server.listen(
      options.address === undefined ? { port: options.port } : { port: options.port, host: options.address },
      resolve,
    );
  });
  server.removeAllListeners('error');
  server.on('error', () => undefined);
}
