import { type Agent, request } from 'node:http';

/** One answer, or that none came. */
export type Exchange =
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly body: Buffer;
      readonly ttlSeconds: number | undefined;
    }
  | { readonly kind: 'silence'; readonly why: string };

/** What is sent. */
export interface ExchangeRequest {
  readonly url: URL;
  readonly method: 'GET' | 'PUT';
  readonly headers: Readonly<Record<string, string>>;
  readonly agent: Agent;
  readonly timeoutMs: number;
  readonly sourceAddress: string | undefined;
  readonly signal: AbortSignal | undefined;
}

/**
 * One request to the metadata service. Timeouts, refused and cut connections are silence; only the caller's abort
 * rejects, with its reason. Bodies over 1 MiB are cut and count as silence: nothing there is that large.
 */
export async function exchange(sent: ExchangeRequest): Promise<Exchange> {
  const { signal } = sent;
  signal?.throwIfAborted();
  const limit = AbortSignal.timeout(sent.timeoutMs);
  try {
    return await send(sent, signal ? AbortSignal.any([signal, limit]) : limit);
  } catch (error) {
    signal?.throwIfAborted();
    if (limit.aborted) return { kind: 'silence', why: `no answer within ${sent.timeoutMs} ms` };
    return { kind: 'silence', why: error instanceof Error ? error.message : 'the connection failed' };
  }
}

const BODY_LIMIT_BYTES = 1_048_576;

function send(sent: ExchangeRequest, signal: AbortSignal): Promise<Exchange> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      sent.url,
      {
        method: sent.method,
        headers: { ...sent.headers, ...(sent.method === 'PUT' ? { 'content-length': '0' } : {}) },
        agent: sent.agent,
        signal,
        ...(sent.sourceAddress === undefined ? {} : { localAddress: sent.sourceAddress }),
      },
      (response) => {
        const chunks: Buffer[] = [];
        let length = 0;
        response.on('data', (chunk: Buffer) => {
          length += chunk.length;
          if (length > BODY_LIMIT_BYTES) outgoing.destroy(new Error('the answer is longer than 1 MiB'));
          else chunks.push(chunk);
        });
        response.on('error', reject);
        response.on('aborted', () => {
          reject(new Error('the connection was cut in the middle of the answer'));
        });
        response.on('end', () => {
          const ttl = Number(response.headers['x-aws-ec2-metadata-token-ttl-seconds']);
          resolve({
            kind: 'answer',
            status: response.statusCode ?? 0,
            body: Buffer.concat(chunks),
            ttlSeconds: Number.isInteger(ttl) && ttl > 0 ? ttl : undefined,
          });
        });
      },
    );
    outgoing.on('error', reject);
    outgoing.end();
  });
}
