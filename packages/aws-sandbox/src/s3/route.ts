import type { WireRequest } from '../wire/protocol.js';

/** What method, host, path and query of a request ask for. */
export interface S3Route {
  /** `undefined` for what is not simulated. */
  readonly action: string | undefined;
  readonly bucket: string | undefined;
  readonly key: string | undefined;
  /** Query members that only select the action. */
  readonly subresources: readonly string[];
}

const selectors: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'list-type': { GET: 'ListObjectsV2' },
  location: { GET: 'GetBucketLocation' },
  notification: {
    GET: 'GetBucketNotificationConfiguration',
    PUT: 'PutBucketNotificationConfiguration',
  },
};

/** Bucket in the path (`/bucket/key`) or in the host (`bucket.localhost`, `bucket.s3.region.amazonaws.com`). */
export function routeOf(request: WireRequest): S3Route {
  const host = (request.headers['host'] ?? '').replace(/:\d+$/, '');
  const virtual = /^(.+?)\.(?:localhost|s3[.-].*|s3)$/.exec(host)?.[1];
  const path = request.path.replace(/^\//, '');
  const slash = path.indexOf('/');
  const bucket = virtual ?? (decode(slash < 0 ? path : path.slice(0, slash)) || undefined);
  const rawKey = virtual === undefined ? (slash < 0 ? '' : path.slice(slash + 1)) : path;
  const key = rawKey === '' ? undefined : decode(rawKey);
  const query = new URLSearchParams(request.query);
  return { bucket, key, ...actionOf(request.method, bucket, key, query, request.headers) };
}

const otherSubresources =
  /^(acl|cors|delete|encryption|lifecycle|logging|policy|tagging|uploads|uploadId|versioning|versions|website|replication|accelerate|analytics|inventory|metrics|ownershipControls|publicAccessBlock|object-lock|requestPayment|attributes|restore|torrent|legal-hold|retention|select|session)$/;

function actionOf(
  method: string,
  bucket: string | undefined,
  key: string | undefined,
  query: URLSearchParams,
  headers: WireRequest['headers'],
): Pick<S3Route, 'action' | 'subresources'> {
  const none = { action: undefined, subresources: [] };
  if ([...query.keys()].some((name) => otherSubresources.test(name))) return none;
  if (bucket === undefined) return method === 'GET' ? { ...none, action: 'ListBuckets' } : none;
  if (key !== undefined) {
    const byMethod: Readonly<Record<string, string>> = {
      GET: 'GetObject',
      HEAD: 'HeadObject',
      DELETE: 'DeleteObject',
      PUT: headers['x-amz-copy-source'] === undefined ? 'PutObject' : '',
    };
    return { ...none, action: byMethod[method] || undefined };
  }
  const selector = [...query.keys()].find((name) => Object.hasOwn(selectors, name));
  if (selector !== undefined) return { action: selectors[selector]?.[method], subresources: [selector] };
  const plain: Readonly<Record<string, string>> = {
    PUT: 'CreateBucket',
    HEAD: 'HeadBucket',
    DELETE: 'DeleteBucket',
  };
  return { ...none, action: plain[method] };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
