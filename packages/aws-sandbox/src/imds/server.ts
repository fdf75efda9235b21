import { randomBytes } from 'node:crypto';

import { type HttpServer, startHttpServer } from '../http/server.js';
import { matchesWildcard } from '../iam/policy.js';
import type { AccessKey } from '../iam/principals.js';
import { ec2StateAt } from '../ec2/access.js';
import { need } from '../ec2/ids.js';
import type { Location } from '../service/definition.js';
import type { Reply } from '../service/dispatcher.js';
import type { WireRequest } from '../wire/protocol.js';
import type { World } from '../world/world.js';
import { type MetadataNode, metadataTree } from './tree.js';

/** Settings of a metadata listener. */
export interface ImdsOptions {
  /** Default 127.0.0.1; `::1` for the IPv6 endpoint. */
  readonly host?: string;
  readonly port?: number;
  /** The instance's role; by default the name of its instance profile. */
  readonly roleName?: string;
}

/** What can go wrong with the metadata service. */
export interface ImdsFault {
  /** No answer at all; 404; an empty 200; 503 as under throttling; or a status of your own. */
  readonly kind: 'silence' | 'not-found' | 'empty' | 'throttle' | 'status';
  readonly status?: number;
  /** Paths with `*`, for example `/latest/meta-data/network/*`. Default: all. */
  readonly path?: string;
  /** How many requests it strikes. Default: all. */
  readonly times?: number;
}

/** The instance metadata service of one instance. */
export interface ImdsListener {
  /** For `AWS_EC2_METADATA_SERVICE_ENDPOINT`. */
  readonly endpoint: string;
  readonly instanceId: string;
  /** Requests so far: method, path and status; the last 1,000. */
  readonly requests: readonly {
    readonly method: string;
    readonly path: string;
    readonly status: number | undefined;
  }[];
  /** Adds a fault; returns the function that ends it. */
  fault(fault: ImdsFault): () => void;
  close(): Promise<void>;
}

const TOKEN_PATH = '/latest/api/token';
const ROLE_KEY_MS = 6 * 3_600_000;
const RENEW_MS = 900_000;

/** Serves IMDSv2 (and v1 where the instance's HttpTokens is optional) for one instance. */
export async function startImds(
  world: World,
  location: Location,
  instanceId: string,
  options: ImdsOptions,
  onFailure: (error: unknown) => void,
): Promise<ImdsListener> {
  need(ec2StateAt({ world }, location).instances, 'instance', instanceId);
  const imds = new Imds(world, location, instanceId, options.roleName);
  const server: HttpServer = await startHttpServer(
    { host: options.host ?? '127.0.0.1', port: options.port ?? 0, bodyLimitBytes: 1024, onFailure },
    (request, signal) => imds.handle(request, signal),
  );
  return {
    endpoint: server.url,
    instanceId,
    requests: imds.requests,
    fault: (fault) => imds.addFault(fault),
    close: () => server.close(),
  };
}

class Imds {
  readonly requests: { method: string; path: string; status: number | undefined }[] = [];
  readonly #world: World;
  readonly #location: Location;
  readonly #instanceId: string;
  readonly #roleName: string | undefined;
  readonly #tokens = new Map<string, number>();
  #faults: { readonly fault: ImdsFault; left: number }[] = [];
  #roleKey: AccessKey | undefined;

  constructor(world: World, location: Location, instanceId: string, roleName: string | undefined) {
    this.#world = world;
    this.#location = location;
    this.#instanceId = instanceId;
    this.#roleName = roleName;
  }

  addFault(fault: ImdsFault): () => void {
    const entry = { fault, left: fault.times ?? Number.POSITIVE_INFINITY };
    this.#faults.push(entry);
    return () => {
      this.#faults = this.#faults.filter((other) => other !== entry);
    };
  }

  async handle(request: WireRequest, signal: AbortSignal): Promise<Reply> {
    const fault = this.#strike(request.path);
    if (fault?.kind === 'silence') {
      this.#record(request, undefined);
      await aborted(signal);
      return { kind: 'cut' };
    }
    const response = fault ? faulty(fault) : this.#answer(request);
    this.#record(request, response.status);
    const headers = { 'content-type': 'text/plain', server: 'EC2ws', ...response.headers };
    return { kind: 'answer', response: { status: response.status, headers, body: response.body } };
  }

  #answer(request: WireRequest): Answer {
    const path = request.path.replace(/\/+/g, '/');
    if (path === TOKEN_PATH) return this.#issueToken(request);
    if (request.method !== 'GET' && request.method !== 'HEAD') return text(405, 'Method Not Allowed');
    const token = request.headers['x-aws-ec2-metadata-token'];
    const instance = ec2StateAt({ world: this.#world }, this.#location).instances[this.#instanceId];
    const expiresAtMs = token === undefined ? undefined : this.#tokens.get(token);
    const isValid = expiresAtMs !== undefined && expiresAtMs > this.#world.clock.now();
    if (!isValid && (token !== undefined || instance?.httpTokens !== 'optional'))
      return text(401, 'Unauthorized');
    return this.#read(path);
  }

  #issueToken(request: WireRequest): Answer {
    if (request.method !== 'PUT') return text(405, 'Method Not Allowed');
    if (request.headers['x-forwarded-for'] !== undefined) return text(403, 'Forbidden');
    const ttl = request.headers['x-aws-ec2-metadata-token-ttl-seconds'] ?? '';
    const seconds = Number(ttl);
    if (!/^\d+$/.test(ttl) || seconds < 1 || seconds > 21_600) return text(400, 'Bad Request');
    const nowMs = this.#world.clock.now();
    for (const [old, expiresAtMs] of this.#tokens) {
      if (expiresAtMs <= nowMs || this.#tokens.size > 10_000) this.#tokens.delete(old);
    }
    const token = randomBytes(42).toString('base64');
    this.#tokens.set(token, nowMs + seconds * 1000);
    return { ...text(200, token), headers: { 'x-aws-ec2-metadata-token-ttl-seconds': ttl } };
  }

  #read(path: string): Answer {
    const parts = path.split('/').filter((part) => part !== '');
    const [version, ...rest] = parts;
    if (version === undefined) return text(200, 'latest');
    const tree = metadataTree({
      world: this.#world,
      location: this.#location,
      instanceId: this.#instanceId,
      roleName: this.#role(),
      roleKey: () => this.#key(),
    });
    if (version !== 'latest' || !tree) return notFound();
    let node: MetadataNode = tree;
    for (const part of rest) {
      const name = decodeURIComponent(part);
      if (typeof node === 'string' || !Object.hasOwn(node, name)) return notFound();
      node = node[name]!;
    }
    if (typeof node === 'string') return text(200, node);
    return text(200, listing(node));
  }

  #role(): string | undefined {
    if (this.#roleName !== undefined) return this.#roleName;
    const instance = ec2StateAt({ world: this.#world }, this.#location).instances[this.#instanceId];
    return instance?.iamInstanceProfileArn?.split('/').at(-1);
  }

  #key(): AccessKey | undefined {
    const name = this.#role();
    if (name === undefined) return undefined;
    const nowMs = this.#world.clock.now();
    if (this.#roleKey && (this.#roleKey.expiresAtMs ?? 0) - nowMs > RENEW_MS) return this.#roleKey;
    const { accountId } = this.#location;
    const role = { accountId, name, arn: `arn:aws:iam::${accountId}:role/${name}` };
    this.#roleKey = this.#world.principals.assumeRole(role, this.#instanceId, nowMs + ROLE_KEY_MS);
    return this.#roleKey;
  }

  #strike(path: string): ImdsFault | undefined {
    const struck = this.#faults.find(
      ({ fault, left }) => left > 0 && matchesWildcard(fault.path ?? '*', path),
    );
    if (struck) struck.left -= 1;
    return struck?.fault;
  }

  #record(request: WireRequest, status: number | undefined): void {
    this.requests.push({ method: request.method, path: request.path, status });
    if (this.requests.length > 1000) this.requests.splice(0, this.requests.length - 1000);
  }
}

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

function text(status: number, body: string): Answer {
  return { status, body };
}

function notFound(): Answer {
  return {
    ...text(404, '<html><body><h1>404 - Not Found</h1></body></html>'),
    headers: { 'content-type': 'text/html' },
  };
}

function faulty(fault: ImdsFault): Answer {
  if (fault.kind === 'not-found') return notFound();
  if (fault.kind === 'empty') return text(200, '');
  return text(fault.status ?? 503, 'Service Unavailable');
}

// Folders end in a slash. Roles under security-credentials and addresses are leaves.
function listing(folder: { readonly [name: string]: MetadataNode }): string {
  return Object.entries(folder)
    .map(([name, node]) => (typeof node === 'string' ? name : `${name}/`))
    .sort()
    .join('\n');
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
