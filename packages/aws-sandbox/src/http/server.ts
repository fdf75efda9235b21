import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import type { Reply } from '../service/dispatcher.js';
import type { WireRequest } from '../wire/protocol.js';

/** Handles a request; the signal fires when the server closes or the client goes away. */
export type RequestHandler = (request: WireRequest, signal: AbortSignal) => Promise<Reply>;

/** Settings of {@link startHttpServer}. */
export interface HttpServerOptions {
  readonly host: string;
  readonly port: number;
  readonly bodyLimitBytes: number;
  /** Told of failures inside the sandbox; the client gets a 500. */
  readonly onFailure: (error: unknown) => void;
}

/** A listening server. */
export interface HttpServer {
  readonly url: string;
  readonly port: number;
  /** Ends open requests and connections. */
  close(): Promise<void>;
}

/** Listens and turns HTTP into wire requests and replies into HTTP, including connections cut on purpose. */
export async function startHttpServer(
  options: HttpServerOptions,
  handle: RequestHandler,
): Promise<HttpServer> {
  const closing = new AbortController();
  const server = createServer((incoming, outgoing) => {
    serve(incoming, outgoing, options, handle, closing.signal).catch((error: unknown) => {
      // A client that left, or a sandbox that closes, is no failure.
      if (!closing.signal.aborted && !outgoing.destroyed) options.onFailure(error);
      if (outgoing.headersSent || outgoing.destroyed) outgoing.destroy();
      else outgoing.writeHead(500, { 'content-type': 'text/plain' }).end('The sandbox failed.');
    });
  });
  // A test that computes for long must not find its idle connections gone.
  server.keepAliveTimeout = 300_000;
  await listen(server, options.port, options.host);
  const { port } = server.address() as AddressInfo;
  const host = options.host.includes(':') ? `[${options.host}]` : options.host;
  return {
    url: `http://${host}:${port}`,
    port,
    close: () =>
      new Promise((resolve) => {
        closing.abort(new Error('the sandbox is closing'));
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function serve(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  options: HttpServerOptions,
  handle: RequestHandler,
  closing: AbortSignal,
): Promise<void> {
  const gone = new AbortController();
  outgoing.once('close', () => gone.abort(new Error('the client is gone')));
  const body = await readBody(incoming, options.bodyLimitBytes);
  if (!body) {
    outgoing.writeHead(413, { connection: 'close' }).end();
    return;
  }
  const url = incoming.url ?? '/';
  const mark = url.indexOf('?');
  const request: WireRequest = {
    method: incoming.method ?? 'GET',
    path: mark < 0 ? url : url.slice(0, mark),
    query: mark < 0 ? '' : url.slice(mark + 1),
    headers: flatHeaders(incoming),
    body,
  };
  const reply = await handle(request, AbortSignal.any([closing, gone.signal]));
  if (reply.kind === 'cut') {
    incoming.socket.destroy();
    return;
  }
  const content = Buffer.from(reply.response.body);
  outgoing.writeHead(reply.response.status, { ...reply.response.headers, 'content-length': content.length });
  if (reply.kind === 'answer') {
    outgoing.end(incoming.method === 'HEAD' ? undefined : content);
    return;
  }
  outgoing.write(content.subarray(0, Math.floor(content.length / 2)), () => incoming.socket.destroy());
}

async function readBody(incoming: IncomingMessage, limitBytes: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limitBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function flatHeaders(incoming: IncomingMessage): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(incoming.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(',') : value;
  }
  return headers;
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.removeListener('error', reject);
      resolve();
    });
  });
}
