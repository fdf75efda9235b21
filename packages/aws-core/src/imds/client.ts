import { Agent } from 'node:http';
import { isIP } from 'node:net';

import { type Clock, type Random, systemClock } from '../clock.js';
import { type Environment, imdsEndpoint } from './endpoint.js';
import { ImdsError } from './errors.js';
import { type Exchange, exchange } from './exchange.js';

/**
 * What asking for a path came to. `absent` is the service saying that there is no such thing (404); `empty` an answer
 * without content; `silent` no answer in time; `refused` 401 or 403 with a fresh token; `failed` anything else.
 */
export type ImdsOutcome =
  | { readonly kind: 'found'; readonly text: string }
  | { readonly kind: 'empty' }
  | { readonly kind: 'absent' }
  | { readonly kind: 'silent'; readonly why: string }
  | { readonly kind: 'refused'; readonly status: number }
  | { readonly kind: 'failed'; readonly status: number };

/** Settings of the client; everything has a default. */
export interface ImdsClientOptions {
  /** `http://HOST[:PORT]`; default by the environment, see `imdsEndpoint`. */
  readonly endpoint?: string | undefined;
  readonly endpointMode?: 'IPv4' | 'IPv6' | undefined;
  /** Local address to ask from, where several interfaces are attached. */
  readonly sourceAddress?: string | undefined;
  /** Of one request. Default 1,000. */
  readonly timeoutMs?: number | undefined;
  /** Of one question with all its attempts. Default 5,000. */
  readonly totalMs?: number | undefined;
  /** Attempts of one question. Default 3. */
  readonly attempts?: number | undefined;
  /** Life of the session token, 1 to 21,600. Default 21,600. */
  readonly tokenTtlSeconds?: number | undefined;
  readonly env?: Environment | undefined;
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
}

/** The instance metadata service, version 2. Close it when done: it keeps a connection. */
export interface ImdsClient {
  readonly endpoint: string;
  /** Asks for a path under `/latest/`, `meta-data/instance-id` for one. Rejects only with the signal's reason. */
  read(path: string, signal?: AbortSignal): Promise<ImdsOutcome>;
  /** The text of a path; undefined when absent; '' when empty; throws ImdsError for every other outcome. */
  text(path: string, signal?: AbortSignal): Promise<string | undefined>;
  close(): void;
}

/**
 * Makes a client of IMDSv2 ("Use the Instance Metadata Service", EC2 User Guide). The session token is fetched with
 * the first question, renewed after four fifths of its life, and once more when the service answers 401.
 *
 * @throws {ImdsError} when the service may not be asked or the settings cannot be used
 */
export function createImds(options: ImdsClientOptions = {}): ImdsClient {
  const { sourceAddress } = options;
  if (sourceAddress !== undefined && isIP(sourceAddress) === 0) {
    throw new ImdsError(
      'NET_AWS_IMDS_INVALID',
      '/',
      `${JSON.stringify(sourceAddress)} is not a source address`,
    );
  }
  const ttlSeconds = options.tokenTtlSeconds ?? 21_600;
  if (!Number.isInteger(ttlSeconds) || ttlSeconds < 1 || ttlSeconds > 21_600) {
    throw new ImdsError('NET_AWS_IMDS_INVALID', '/', `a token lives 1 to 21600 seconds, not ${ttlSeconds}`);
  }
  const endpoint = imdsEndpoint(options.env ?? process.env, {
    endpoint: options.endpoint,
    mode: options.endpointMode,
  });
  return new Client(endpoint, {
    sourceAddress,
    timeoutMs: options.timeoutMs ?? 1_000,
    totalMs: options.totalMs ?? 5_000,
    attempts: options.attempts ?? 3,
    ttlSeconds,
    clock: options.clock ?? systemClock,
    random: options.random ?? Math.random,
  });
}

/** The error that an outcome other than found, empty and absent amounts to. */
export function imdsErrorOf(path: string, outcome: ImdsOutcome): ImdsError {
  if (outcome.kind === 'silent') {
    return new ImdsError('NET_AWS_IMDS_SILENT', path, outcome.why, {
      hint: 'Is this an EC2 instance? In a container the hop limit of the metadata options may have to be 2.',
    });
  }
  if (outcome.kind === 'refused') {
    return new ImdsError('NET_AWS_IMDS_REFUSED', path, `refused with status ${outcome.status}`, {
      hint: 'The metadata options of the instance may have it turned off.',
    });
  }
  const said = outcome.kind === 'failed' ? `answered with status ${outcome.status}` : `is ${outcome.kind}`;
  return new ImdsError('NET_AWS_IMDS_INVALID', path, said);
}

interface Settings {
  readonly sourceAddress: string | undefined;
  readonly timeoutMs: number;
  readonly totalMs: number;
  readonly attempts: number;
  readonly ttlSeconds: number;
  readonly clock: Clock;
  readonly random: Random;
}

interface Token {
  readonly value: string;
  readonly renewAtMs: number;
}

class Client implements ImdsClient {
  readonly endpoint: string;
  readonly #settings: Settings;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 4 });
  #token: Token | undefined;

  constructor(endpoint: URL, settings: Settings) {
    this.endpoint = endpoint.origin;
    this.#settings = settings;
  }

  async read(path: string, signal?: AbortSignal): Promise<ImdsOutcome> {
    const { clock, random, attempts, totalMs } = this.#settings;
    const deadlineMs = clock.now() + totalMs;
    for (let attempt = 1; ; attempt++) {
      const outcome = await this.#ask(path, signal);
      const isWorthRetrying =
        outcome.kind === 'silent' || (outcome.kind === 'failed' && outcome.status >= 500);
      if (!isWorthRetrying || attempt >= attempts) return outcome;
      const delayMs = Math.ceil(random() * 100 * 2 ** (attempt - 1));
      if (clock.now() + delayMs >= deadlineMs) return outcome;
      await clock.sleep(delayMs, signal);
    }
  }

  async text(path: string, signal?: AbortSignal): Promise<string | undefined> {
    const outcome = await this.read(path, signal);
    if (outcome.kind === 'found') return outcome.text;
    if (outcome.kind === 'empty') return '';
    if (outcome.kind === 'absent') return undefined;
    throw imdsErrorOf(path, outcome);
  }

  close(): void {
    this.#agent.destroy();
  }

  async #ask(path: string, signal: AbortSignal | undefined): Promise<ImdsOutcome> {
    for (let round = 0; ; round++) {
      const token = await this.#freshToken(signal);
      if (typeof token !== 'string') return token;
      const got = await this.#exchange(
        `/latest/${path}`,
        'GET',
        { 'x-aws-ec2-metadata-token': token },
        signal,
      );
      // The token may have been of another instance (an image that was copied) or of before a restart.
      if (got.kind === 'answer' && got.status === 401 && round === 0) this.#token = undefined;
      else return outcomeOf(got);
    }
  }

  async #freshToken(signal: AbortSignal | undefined): Promise<string | ImdsOutcome> {
    const { clock, ttlSeconds } = this.#settings;
    if (this.#token && clock.now() < this.#token.renewAtMs) return this.#token.value;
    const askedAtMs = clock.now();
    const header = { 'x-aws-ec2-metadata-token-ttl-seconds': String(ttlSeconds) };
    const got = await this.#exchange('/latest/api/token', 'PUT', header, signal);
    const outcome = outcomeOf(got);
    // A service without tokens is not version 2: that is no absence of what was asked for.
    if (outcome.kind === 'absent') return { kind: 'failed', status: 404 };
    if (outcome.kind === 'empty') return { kind: 'failed', status: 200 };
    if (outcome.kind !== 'found') return outcome;
    if (!/^[\x21-\x7e]{1,4096}$/.test(outcome.text)) return { kind: 'failed', status: 200 };
    const livesSeconds = Math.min(
      got.kind === 'answer' ? (got.ttlSeconds ?? ttlSeconds) : ttlSeconds,
      ttlSeconds,
    );
    this.#token = { value: outcome.text, renewAtMs: askedAtMs + livesSeconds * 800 };
    return outcome.text;
  }

  #exchange(
    path: string,
    method: 'GET' | 'PUT',
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal | undefined,
  ): Promise<Exchange> {
    const { timeoutMs, sourceAddress } = this.#settings;
    const url = new URL(path, this.endpoint);
    return exchange({ url, method, headers, agent: this.#agent, timeoutMs, sourceAddress, signal });
  }
}

function outcomeOf(got: Exchange): ImdsOutcome {
  if (got.kind === 'silence') return { kind: 'silent', why: got.why };
  if (got.status === 404) return { kind: 'absent' };
  if (got.status === 401 || got.status === 403) return { kind: 'refused', status: got.status };
  if (got.status !== 200) return { kind: 'failed', status: got.status };
  const text = got.body.toString('utf8').trim();
  return text === '' ? { kind: 'empty' } : { kind: 'found', text };
}
