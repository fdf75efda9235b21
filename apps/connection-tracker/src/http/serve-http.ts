import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { checkExposure } from './exposure.js';
import { createHttpApp, type HttpAppOptions } from './create-http-app.js';

export interface ServeHttpOptions extends Omit<HttpAppOptions, 'signal'> {
  readonly host: string;
  /** 0: a free one. */
  readonly port: number;
}

export interface HttpService {
  readonly host: string;
  readonly port: number;
  /** Where the page is. */
  readonly url: string;
  /** Takes no more requests, ends streams, lets answers finish for at most this long. */
  close(graceMs?: number): Promise<void>;
}

/**
 * Serves the HTTP interface.
 * @throws TrackerError NET_TRACKER_CONFIG when it would be open to the network without authentication
 * @throws Error of the system when the address cannot be listened on (EADDRINUSE, EACCES)
 */
export async function serveHttp(options: ServeHttpOptions): Promise<HttpService> {
  const { host, port } = options;
  checkExposure(host, options.auth.length > 0, options.insecureOpen === true);
  const stopping = new AbortController();
  const app = createHttpApp({ ...options, signal: stopping.signal });
  const server = createServer({ maxHeaderSize: 32_768, requestTimeout: 30_000, headersTimeout: 15_000 }, app);
  server.maxRequestsPerSocket = 0;
  server.maxConnections = 2_048;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  const address = server.address() as AddressInfo;
  const shownHost = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return {
    host,
    port: address.port,
    url: `http://${shownHost}:${address.port}/ui/`,
    close: (graceMs = 5_000) => closeGently(server, stopping, graceMs),
  };
}

async function closeGently(server: Server, stopping: AbortController, graceMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  stopping.abort();
  server.closeIdleConnections();
  const force = setTimeout(() => server.closeAllConnections(), graceMs);
  await closed;
  clearTimeout(force);
}
