import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

import type { WireRequest } from '../wire/protocol.js';

/** What a request says about who signed it, for which region and service. */
export interface SignatureClaim {
  readonly accessKeyId: string;
  readonly date: string;
  readonly region: string;
  readonly service: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
  readonly sessionToken: string | undefined;
  /** True when the signature travels in the query string. */
  readonly presigned: boolean;
}

/** Reads an AWS Signature Version 4 from the Authorization header or a presigned query; undefined if absent. */
export function readSignature(request: WireRequest): SignatureClaim | undefined {
  const header = request.headers['authorization'];
  if (header?.startsWith('AWS4-HMAC-SHA256')) {
    const fields = new Map(
      header
        .slice('AWS4-HMAC-SHA256'.length)
        .split(',')
        .map((part) => {
          const [name = '', ...rest] = part.trim().split('=');
          return [name, rest.join('=')] as const;
        }),
    );
    return claim(
      fields.get('Credential'),
      fields.get('SignedHeaders'),
      fields.get('Signature'),
      request.headers['x-amz-security-token'],
      false,
    );
  }
  const query = new URLSearchParams(request.query);
  if (query.get('X-Amz-Algorithm') !== 'AWS4-HMAC-SHA256') return undefined;
  return claim(
    query.get('X-Amz-Credential') ?? undefined,
    query.get('X-Amz-SignedHeaders') ?? undefined,
    query.get('X-Amz-Signature') ?? undefined,
    query.get('X-Amz-Security-Token') ?? undefined,
    true,
  );
}

/**
 * Recomputes the signature
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html).
 */
export function verifySignature(
  request: WireRequest,
  claimed: SignatureClaim,
  secretAccessKey: string,
): boolean {
  const query = new URLSearchParams(request.query);
  const timestamp = request.headers['x-amz-date'] ?? query.get('X-Amz-Date') ?? '';
  const scope = `${claimed.date}/${claimed.region}/${claimed.service}/aws4_request`;
  const text = ['AWS4-HMAC-SHA256', timestamp, scope, sha256(canonicalRequest(request, claimed, query))].join(
    '\n',
  );
  const key = ['aws4_request', claimed.service, claimed.region, claimed.date].reduceRight<Buffer>(
    (signingKey, part) => hmac(signingKey, part),
    Buffer.from(`AWS4${secretAccessKey}`),
  );
  const expected = hmac(key, text);
  const given = Buffer.from(claimed.signature, 'hex');
  return given.length === expected.length && timingSafeEqual(given, expected);
}

function claim(
  credential: string | undefined,
  signedHeaders: string | undefined,
  signature: string | undefined,
  sessionToken: string | undefined,
  presigned: boolean,
): SignatureClaim | undefined {
  const parts = credential?.split('/') ?? [];
  const [accessKeyId, date, region, service, terminator] = parts;
  if (!accessKeyId || !date || !region || !service || terminator !== 'aws4_request') return undefined;
  if (signedHeaders === undefined || signature === undefined) return undefined;
  return {
    accessKeyId,
    date,
    region,
    service,
    signedHeaders: signedHeaders.split(';'),
    signature,
    sessionToken,
    presigned,
  };
}

function canonicalRequest(request: WireRequest, claimed: SignatureClaim, query: URLSearchParams): string {
  const pairs = [...query]
    .filter(([name]) => name !== 'X-Amz-Signature')
    .map(([name, value]) => [encode(name), encode(value)] as const)
    .sort((a, b) => compare(a[0], b[0]) || compare(a[1], b[1]));
  const headers = claimed.signedHeaders.map(
    (name) => `${name}:${(request.headers[name] ?? '').trim().replace(/\s+/g, ' ')}\n`,
  );
  const payload =
    request.headers['x-amz-content-sha256'] ??
    (claimed.presigned ? 'UNSIGNED-PAYLOAD' : sha256(request.body));
  return [
    request.method,
    // Every service but S3 encodes the path a second time.
    claimed.service === 's3' ? request.path : request.path.split('/').map(encode).join('/'),
    pairs.map(([name, value]) => `${name}=${value}`).join('&'),
    headers.join(''),
    claimed.signedHeaders.join(';'),
    payload,
  ].join('\n');
}

function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function sha256(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('hex');
}

function hmac(key: Buffer, data: string): Buffer {
  return createHmac('sha256', key).update(data).digest();
}
