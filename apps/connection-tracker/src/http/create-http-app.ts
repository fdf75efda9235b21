import type { Log } from '@net/cli';
import compression from 'compression';
import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import helmet from 'helmet';
import { Registry } from 'prom-client';
import type { Store } from '../store/index.js';
import type { Addresses } from './addresses.js';
import { type Authenticate, createAuthenticate, type TokenScheme } from './auth/index.js';
import { openApi, swagger } from './describe-api.js';
import { hostName, isLoopback } from './exposure.js';
import { createHttpMetrics } from './metrics.js';
import { originalRoutes } from './original/routes.js';
import { pageFiles } from './page-files.js';
import { HttpProblem, problemBody } from './problem.js';
import { createRateLimit } from './rate-limit.js';
import { readiness } from './readiness.js';
import type { Answer, Route } from './route.js';
import { sendAnswer } from './send-answer.js';
import { v1Routes } from './v1/routes.js';
import { validate } from './validate.js';

export interface HttpAppOptions {
  readonly store: Store;
  readonly addresses: Addresses;
  /** Ways to check bearer tokens, one of which must accept; none: everybody may ask. */
  readonly auth: readonly TokenScheme[];
  /** Without authentication: answers whatever name it is called by, not only names of the loopback. */
  readonly insecureOpen?: boolean;
  readonly clock: { readonly now: () => number; readonly monotonicMs: () => number };
  readonly log: Log;
  /** Where other parts put their metrics. */
  readonly registry?: Registry;
  /** False until the first inventory is there; default: always. */
  readonly isReady?: () => boolean;
  /** Per caller, by address. Default: 100 a second, 400 at once. */
  readonly rateLimit?: { readonly requestsPerSecond: number; readonly burst: number };
  /** Of this program, for the API's description. */
  readonly version: string;
  /** Aborted when the server stops: ends streams. */
  readonly signal: AbortSignal;
}

const MAX_URL_CHARACTERS = 16_384;

/** The whole HTTP interface: the original's paths, `/v1`, health, metrics and the page. */
export function createHttpApp(options: HttpAppOptions): Express {
  const { store, addresses, clock, log } = options;
  const authenticate = options.auth.length > 0 ? createAuthenticate(options.auth) : undefined;
  const metrics = createHttpMetrics(options.registry ?? new Registry(), store, clock.now);
  const limit = createRateLimit({
    requestsPerSecond: 100,
    burst: 400,
    ...options.rateLimit,
    monotonicMs: clock.monotonicMs,
  });
  const app = express();
  app.disable('x-powered-by');
  app.set('query parser', 'simple');
  app.set('strict routing', false);

  app.use(securityHeaders());
  app.use((request, response, next) => {
    const startMs = clock.monotonicMs();
    response.on('close', () => {
      const route = (response.locals['route'] as string | undefined) ?? 'other';
      metrics.observe(route, response.statusCode, (clock.monotonicMs() - startMs) / 1_000);
    });
    checkRequest(request);
    if (authenticate === undefined && options.insecureOpen !== true) checkHost(request);
    next();
  });

  app.get('/health', (_, response) => response.json('OK'));
  app.get('/healthz', (_, response) => response.json({ status: 'ok' }));
  app.get('/', (_, response) => response.redirect(302, '/ui/'));
  app.use(
    compression({
      filter: (request, response) =>
        response.getHeader('Cache-Control') !== 'no-store' && compression.filter(request, response),
    }),
  );
  app.use('/ui', pageFiles());

  app.use((request, _, next) => {
    const waitSeconds = limit.take(request.socket.remoteAddress ?? '');
    if (waitSeconds > 0) {
      throw new HttpProblem(429, 'Too many requests', { 'Retry-After': String(waitSeconds) });
    }
    if (request.path === '/readyz') next();
    else void guard(authenticate, request).then(() => next(), next);
  });

  app.get('/readyz', async (request, response) => {
    response.locals['route'] = '/readyz';
    const state = await readiness(store, clock.now(), options.isReady?.() ?? true);
    const mayKnow = authenticate === undefined || (await isKnown(authenticate, request));
    const { shards, ...rest } = state;
    response.status(state.status === 'ready' ? 200 : 503).json(mayKnow ? { ...rest, shards } : rest);
  });
  app.get('/metrics', async (request, response) => {
    response.locals['route'] = '/metrics';
    response.setHeader('Vary', 'Accept');
    const wantsJson = request.accepts(['text/plain', 'application/json']) === 'application/json';
    if (wantsJson) response.json(await metrics.json());
    else response.setHeader('Content-Type', metrics.contentType).send(await metrics.text());
  });
  const routes = [...originalRoutes, ...v1Routes];
  const hasAuth = authenticate !== undefined;
  const openApiDocument = openApi(routes, options.version, hasAuth);
  const swaggerDocument = swagger(originalRoutes, hasAuth);
  app.get('/openapi.json', (_, response) => response.json(openApiDocument));
  app.get('/swagger.json', (_, response) => response.json(swaggerDocument));

  const sources = { store, addresses, now: clock.now };
  const handler =
    (route: Route) =>
    async (request: Request, response: Response): Promise<void> => {
      response.locals['route'] = route.path;
      const gone = new AbortController();
      response.on('close', () => gone.abort());
      const signal = gone.signal;
      const input = {
        ...validate(route.params, request.params, 'path'),
        ...validate(route.query, request.query, 'query'),
      } as never;
      const lastEventId = request.get('last-event-id')?.slice(0, 256);
      const accept = request.get('accept') ?? '*/*';
      let answer: Answer;
      try {
        answer = await route.handle({
          ...sources,
          input,
          accept,
          lastEventId,
          signal,
          stopping: options.signal,
        });
        await sendAnswer(request, response, answer, signal);
      } catch (error) {
        if (!signal.aborted) throw error;
      }
    };
  for (const route of routes) app.get(route.path.replaceAll(/\{(\w+)\}/g, ':$1'), handler(route));

  app.use((request, response) => {
    const known = routes.some(({ path }) => path === request.path);
    if (request.method !== 'GET' && request.method !== 'HEAD' && known)
      response.setHeader('Allow', 'GET, HEAD');
    throw new HttpProblem(404, 'No such path');
  });
  app.use((error: unknown, request: Request, response: Response, _next: NextFunction) => {
    const { status, detail, headers } = refusalOf(error);
    if (status >= 500) {
      log.error('http.failed', `${request.method} ${String(response.locals['route'] ?? 'other')} failed`, {
        error: error instanceof Error ? error.message : String(error),
      });
    }
    if (response.headersSent) {
      // The answer is cut off, so that nobody takes it for whole.
      response.destroy();
      return;
    }
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    response.setHeader('Cache-Control', 'no-store');
    response.removeHeader('ETag');
    response
      .status(status)
      .type('application/problem+json')
      .send(JSON.stringify(problemBody(status, detail)));
  });
  return app;
}

function checkRequest(request: Request): void {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    throw new HttpProblem(405, 'Only GET and HEAD are answered', { Allow: 'GET, HEAD', Connection: 'close' });
  }
  const hasBody =
    Number(request.headers['content-length'] ?? 0) > 0 || 'transfer-encoding' in request.headers;
  if (hasBody) throw new HttpProblem(413, 'No request here has a body', { Connection: 'close' });
  if (request.originalUrl.length > MAX_URL_CHARACTERS) throw new HttpProblem(414, 'The URL is too long');
}

/** Pages of other sites that were given a loopback address by their own name server must not read here. */
function checkHost(request: Request): void {
  const name = hostName(request.headers.host);
  if (name === undefined || !isLoopback(name)) {
    throw new HttpProblem(421, 'Without authentication only names of the loopback are answered');
  }
}

async function guard(authenticate: Authenticate | undefined, request: Request): Promise<void> {
  if (authenticate !== undefined) await authenticate(request.headers);
}

async function isKnown(authenticate: Authenticate, request: Request): Promise<boolean> {
  try {
    await authenticate(request.headers);
    return true;
  } catch {
    return false;
  }
}

function securityHeaders(): ReturnType<typeof helmet> {
  const self = ["'self'"];
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: self,
        styleSrc: self,
        imgSrc: self,
        connectSrc: self,
        workerSrc: self,
        baseUri: ["'none'"],
        formAction: ["'none'"],
        frameAncestors: ["'none'"],
      },
    },
    referrerPolicy: { policy: 'no-referrer' },
    strictTransportSecurity: false,
  });
}

function refusalOf(error: unknown): {
  readonly status: number;
  readonly detail: string;
  readonly headers: Readonly<Record<string, string>>;
} {
  if (error instanceof HttpProblem)
    return { status: error.status, detail: error.message, headers: error.headers };
  const { code, status } = (error ?? {}) as { readonly code?: unknown; readonly status?: unknown };
  if (code === 'NET_TRACKER_STORE') {
    return {
      status: 503,
      detail: 'The store does not answer at the moment',
      headers: { 'Retry-After': '5' },
    };
  }
  // A path with a malformed percent escape comes from express itself.
  if (status === 400) return { status, detail: 'Malformed path', headers: {} };
  return { status: 500, detail: 'Internal error', headers: {} };
}
