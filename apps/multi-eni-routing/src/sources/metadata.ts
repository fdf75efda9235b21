import { EniRoutingError } from '../errors.js';
import type { MetadataReader } from './imds.js';

/** Where the instance metadata service is and how long to wait for it. */
export interface MetadataOptions {
  /** Default http://169.254.169.254. */
  readonly endpoint?: string | undefined;
  /** Longest wait for one answer, in milliseconds; default 1000. */
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Reads the instance metadata with IMDSv2: one session token for a reading of the host (EC2 User Guide, "Use the
 * Instance Metadata Service to access instance metadata"). Connections are kept for the next path.
 */
export function createMetadataReader(options: MetadataOptions = {}): MetadataReader {
  const endpoint = (options.endpoint ?? 'http://169.254.169.254').replace(/\/+$/, '');
  let token: Promise<string> | undefined;
  return async (path) => {
    token ??= readToken(endpoint, options);
    const answer = await ask('GET', `${endpoint}/latest/meta-data/${path}`, options, {
      'x-aws-ec2-metadata-token': await token,
    });
    if (answer.status === 404) return undefined;
    if (answer.status !== 200) throw unusable(`status ${answer.status}`);
    return answer.body;
  };
}

async function readToken(endpoint: string, options: MetadataOptions): Promise<string> {
  const answer = await ask('PUT', `${endpoint}/latest/api/token`, options, {
    'x-aws-ec2-metadata-token-ttl-seconds': '300',
  });
  if (answer.status !== 200 || answer.body === '')
    throw unusable(`no session token, status ${answer.status}`);
  return answer.body;
}

// The largest answer this tool reads is a list of some hundred addresses.
const mostBytes = 1_000_000;

async function ask(
  method: string,
  url: string,
  options: MetadataOptions,
  headers: Readonly<Record<string, string>>,
): Promise<{ readonly status: number; readonly body: string }> {
  const { request } = await import('node:http');
  return await new Promise((resolve, reject) => {
    const timeoutMs = options.timeoutMs ?? 1000;
    const signals = [AbortSignal.timeout(timeoutMs), ...(options.signal ? [options.signal] : [])];
    const outgoing = request(url, { method, headers, signal: AbortSignal.any(signals) }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (text: string) => {
        body += text;
        if (body.length > mostBytes) response.destroy(unusable('an answer of more than a megabyte'));
      });
      response.on('error', reject);
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
    });
    outgoing.on('error', (error) => {
      const timedOut = error.name === 'AbortError' && options.signal?.aborted !== true;
      reject(timedOut ? unusable(`no answer within ${timeoutMs} ms`) : error);
    });
    outgoing.end();
  });
}

function unusable(what: string): EniRoutingError {
  return new EniRoutingError('NET_ENI_ROUTING_SOURCE', what);
}
