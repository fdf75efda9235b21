import { type IncomingMessage, request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIPv6 } from 'node:net';
import { TLSSocket } from 'node:tls';
import { endpointsAnswer } from './answers.js';
import type { TrackerClient } from './tracker-client.js';

export interface ScannedEndpoint {
  /** `<id>/<region>` */
  readonly shard: string;
  readonly url: string;
  /** Undefined: no answer. */
  readonly status: number | undefined;
  /** The first 40 characters of the answer, or of why there is none. */
  readonly words: string;
  /** It answers, with a certificate that was not accepted, so that nothing was asked. */
  readonly isCertificateRefused: boolean;
}

export interface ScanOptions {
  readonly signal: AbortSignal;
  /** Default 32. */
  readonly parallel?: number;
  /** Default 5 seconds. */
  readonly timeoutMs?: number;
  /** Accepts every certificate: an endpoint known by its address has none that names it. Default false. */
  readonly acceptsAnyCertificate?: boolean;
}

const WORDS = 40;
const MAX_REDIRECTS = 5;

/** Asks every endpoint of today for `/`, and gives the results in order of the endpoints. Nothing secret is sent there. */
export async function* scanEndpoints(
  client: TrackerClient,
  options: ScanOptions,
): AsyncGenerator<ScannedEndpoint> {
  const byShard = await client.get('/endpoints', {}, endpointsAnswer);
  const targets = Object.entries(byShard).flatMap(([shard, endpoints]) =>
    endpoints.map(({ dest, dest_port }) => ({ shard, url: endpointUrl(dest, dest_port) })),
  );
  const running: Promise<ScannedEndpoint>[] = [];
  const parallel = options.parallel ?? 32;
  let started = 0;
  for (let done = 0; done < targets.length; done++) {
    while (started < targets.length && started - done < parallel) {
      const { shard, url } = targets[started++]!;
      running.push(scan(shard, url, options));
    }
    options.signal.throwIfAborted();
    yield await running.shift()!;
  }
}

/** `https` for 443 and 8443; the host is the part of the name after the last `/`. */
export function endpointUrl(dest: string, port: number): string {
  const host = dest.slice(dest.lastIndexOf('/') + 1);
  const scheme = port === 443 || port === 8443 ? 'https' : 'http';
  return `${scheme}://${isIPv6(host) ? `[${host}]` : host}:${port}/`;
}

async function scan(shard: string, url: string, options: ScanOptions): Promise<ScannedEndpoint> {
  const signal = AbortSignal.any([options.signal, AbortSignal.timeout(options.timeoutMs ?? 5_000)]);
  try {
    const { status, text } = await fetchStart(
      url,
      options.acceptsAnyCertificate ?? false,
      signal,
      MAX_REDIRECTS,
    );
    return { shard, url, status, words: text.slice(0, WORDS), isCertificateRefused: false };
  } catch (error) {
    const isCertificateRefused = error instanceof CertificateRefused;
    const reason = signal.aborted ? 'no answer in time' : error instanceof Error ? error.message : 'failed';
    return { shard, url, status: undefined, words: reason.slice(0, WORDS), isCertificateRefused };
  }
}

class CertificateRefused extends Error {}

async function fetchStart(
  url: string,
  acceptsAny: boolean,
  signal: AbortSignal,
  redirects: number,
): Promise<{ readonly status: number; readonly text: string }> {
  const response = await answerOf(url, acceptsAny, signal);
  const { statusCode: status = 0, headers } = response;
  const { location } = headers;
  const next = location !== undefined && URL.canParse(location, url) ? new URL(location, url) : undefined;
  if (
    status >= 300 &&
    status < 400 &&
    next !== undefined &&
    /^https?:$/.test(next.protocol) &&
    redirects > 0
  ) {
    response.destroy();
    return await fetchStart(next.href, acceptsAny, signal, redirects - 1);
  }
  let text = '';
  response.setEncoding('utf8');
  for await (const chunk of response) {
    text += chunk as string;
    if (text.length >= WORDS) break;
  }
  response.destroy();
  return { status, text };
}

function answerOf(url: string, acceptsAny: boolean, signal: AbortSignal): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const options = { signal, agent: false, headers: { accept: '*/*' } };
    const sent = url.startsWith('https:')
      ? httpsRequest(url, { ...options, rejectUnauthorized: !acceptsAny }, resolve)
      : httpRequest(url, options, resolve);
    sent.on('error', (cause) => {
      const isRefused = sent.socket instanceof TLSSocket && Boolean(sent.socket.authorizationError);
      reject(isRefused ? new CertificateRefused(`certificate: ${cause.message}`, { cause }) : cause);
    });
    sent.end();
  });
}
