import { ApiError } from '../errors.js';
import type { Operation, OperationContext } from '../service/definition.js';
import { bytesOf, compareUtf8, keysOf, makeObject, storeObject } from './objects.js';
import { type WithPayload, payload } from './rest-protocol.js';
import type { Bucket, S3State, StoredObject } from './state.js';
import type {
  CreateBucketOutput,
  CreateBucketRequest,
  DeleteObjectRequest,
  GetObjectRequest,
  HeadBucketRequest,
  ListBucketsOutput,
  ListObjectsV2Output,
  ListObjectsV2Request,
  PutObjectOutput,
  PutObjectRequest,
} from '@aws-sdk/client-s3';

export type S3Context = OperationContext<S3State>;

export const createBucket: Operation<S3State, CreateBucketRequest, CreateBucketOutput> = {
  access: 'write',
  accepts: ['Bucket', 'CreateBucketConfiguration'],
  ignores: ['ACL', 'ObjectOwnership'],
  resources: ['Bucket'],
  run: (context, input) => {
    const name = input.Bucket ?? '';
    if (!/^(?!\d+\.\d+\.\d+\.\d+$)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name) || name.includes('..')) {
      throw new ApiError('InvalidBucketName', 'The specified bucket is not valid.', 400, {
        BucketName: name,
      });
    }
    const known = context.state.buckets[name];
    if (known) {
      const isOurs = known.ownerId === context.accountId;
      throw new ApiError(
        isOurs ? 'BucketAlreadyOwnedByYou' : 'BucketAlreadyExists',
        isOurs
          ? 'Your previous request to create the named bucket succeeded and you already own it.'
          : 'The requested bucket name is not available.',
        409,
        { BucketName: name },
      );
    }
    const region = input.CreateBucketConfiguration?.LocationConstraint ?? context.region;
    context.willChange();
    context.state.buckets[name] = {
      name,
      ownerId: context.accountId,
      region,
      createdAtMs: context.nowMs,
      sharedWith: [],
      objects: {},
      notifications: [],
      version: 0,
    };
    return { Location: `/${name}` };
  },
};

export const deleteBucket: Operation<S3State, HeadBucketRequest> = {
  access: 'write',
  accepts: ['Bucket'],
  resources: ['Bucket'],
  run: (context, input) => {
    const bucket = needBucket(context, input.Bucket);
    if (keysOf(bucket).length > 0) {
      throw new ApiError('BucketNotEmpty', 'The bucket you tried to delete is not empty', 409);
    }
    context.willChange();
    // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- the state is a record of names
    delete context.state.buckets[bucket.name];
    return {};
  },
};

export const headBucket: Operation<S3State, HeadBucketRequest> = {
  access: 'read',
  accepts: ['Bucket'],
  run: (context, input) => ({ BucketRegion: needBucket(context, input.Bucket).region }),
};

export const getBucketLocation: Operation<S3State, HeadBucketRequest> = {
  access: 'read',
  accepts: ['Bucket'],
  run: (context, input) => {
    const { region } = needBucket(context, input.Bucket, true);
    return { LocationConstraint: region === 'us-east-1' ? '' : region };
  },
};

export const listBuckets: Operation<S3State, object, ListBucketsOutput> = {
  access: 'read',
  accepts: [],
  run: (context) => ({
    Buckets: Object.values(context.state.buckets)
      .filter((bucket) => bucket.ownerId === context.accountId)
      .sort((a, b) => compareUtf8(a.name, b.name))
      .map((bucket) => ({ Name: bucket.name, CreationDate: new Date(bucket.createdAtMs) })),
    Owner: { ID: context.accountId },
  }),
};

export const putObject: Operation<S3State, PutObjectRequest & { Body?: Uint8Array }, PutObjectOutput> = {
  access: 'write',
  accepts: [
    'Bucket',
    'Key',
    'Body',
    'ContentType',
    'ContentEncoding',
    'ContentLength',
    'ContentMD5',
    'Metadata',
    'IfNoneMatch',
    'ChecksumCRC32',
  ],
  ignores: ['ACL', 'ChecksumAlgorithm', 'StorageClass', 'ServerSideEncryption'],
  resources: ['Bucket'],
  run: (context, input) => {
    const bucket = needBucket(context, input.Bucket);
    const key = input.Key ?? '';
    if (Buffer.byteLength(key) > 1024) throw new ApiError('KeyTooLongError', 'Your key is too long');
    if (input.IfNoneMatch === '*' && Object.hasOwn(bucket.objects, key)) {
      throw new ApiError(
        'PreconditionFailed',
        'At least one of the pre-conditions you specified did not hold',
        412,
      );
    }
    const encoding = (input.ContentEncoding ?? '').replace(/\baws-chunked\b,?\s*/, '');
    const object = makeObject(input.Body ?? new Uint8Array(), context.nowMs, {
      contentType: input.ContentType,
      contentEncoding: encoding === '' ? undefined : encoding,
      metadata: input.Metadata,
    });
    const md5 = Buffer.from(object.eTag.slice(1, -1), 'hex').toString('base64');
    const isDamaged =
      (input.ChecksumCRC32 !== undefined && input.ChecksumCRC32 !== object.crc32) ||
      (input.ContentMD5 !== undefined && input.ContentMD5 !== md5);
    if (isDamaged) {
      throw new ApiError('BadDigest', 'The checksum you specified did not match what we received.');
    }
    context.willChange();
    storeObject(context.world, bucket, key, object);
    return { ETag: object.eTag, ChecksumCRC32: object.crc32 };
  },
};

export const getObject: Operation<S3State, GetObjectRequest, object & WithPayload> = {
  access: 'read',
  accepts: ['Bucket', 'Key', 'Range', 'IfMatch', 'IfNoneMatch', 'IfModifiedSince', 'IfUnmodifiedSince'],
  ignores: ['ChecksumMode'],
  run: (context, input) => {
    const object = needObject(needBucket(context, input.Bucket), input.Key ?? '');
    checkConditions(object, input);
    const bytes = bytesOf(object);
    const range = input.Range === undefined ? undefined : readRange(input.Range, bytes.length);
    return {
      ...viewObject(object),
      ...(range
        ? { ContentRange: `bytes ${range.first}-${range.last}/${bytes.length}` }
        : { ChecksumCRC32: input.ChecksumMode === 'ENABLED' ? object.crc32 : undefined }),
      [payload]: range ? bytes.subarray(range.first, range.last + 1) : bytes,
    };
  },
};

export const headObject: Operation<S3State, GetObjectRequest, object & WithPayload> = {
  ...getObject,
};

export const deleteObject: Operation<S3State, DeleteObjectRequest> = {
  access: 'write',
  accepts: ['Bucket', 'Key'],
  resources: ['Bucket'],
  run: (context, input) => {
    const bucket = needBucket(context, input.Bucket);
    context.willChange();
    // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- the state is a record of keys
    delete bucket.objects[input.Key ?? ''];
    bucket.version++;
    return {};
  },
};

export const listObjectsV2: Operation<S3State, ListObjectsV2Request, ListObjectsV2Output> = {
  access: 'read',
  accepts: ['Bucket', 'Prefix', 'Delimiter', 'MaxKeys', 'ContinuationToken', 'StartAfter', 'EncodingType'],
  ignores: ['FetchOwner'],
  run: (context, input) => {
    const bucket = needBucket(context, input.Bucket);
    const { Prefix: prefix = '', Delimiter: delimiter = '' } = input;
    const limit = Math.min(input.MaxKeys ?? 1000, 1000, context.pageLimit ?? 1000);
    const after =
      input.ContinuationToken === undefined ? (input.StartAfter ?? '') : readToken(input.ContinuationToken);
    const show = input.EncodingType === 'url' ? encodeKey : (text: string): string => text;
    const contents: NonNullable<ListObjectsV2Output['Contents']> = [];
    const prefixes: string[] = [];
    let last = after;
    let isTruncated = false;
    for (const key of keysOf(bucket)) {
      if (!key.startsWith(prefix) || compareUtf8(key, after) <= 0) continue;
      const cut = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
      const common = cut < 0 ? undefined : key.slice(0, cut + delimiter.length);
      if (
        common !== undefined &&
        (common === prefixes.at(-1) || (after !== '' && after.startsWith(common)))
      ) {
        last = key;
        continue;
      }
      if (contents.length + prefixes.length >= limit) {
        isTruncated = true;
        break;
      }
      if (common === undefined) contents.push(viewListed(show(key), bucket.objects[key]!));
      else prefixes.push(common);
      last = key;
    }
    return {
      Name: bucket.name,
      Prefix: show(prefix),
      Delimiter: delimiter === '' ? undefined : show(delimiter),
      StartAfter: input.StartAfter === undefined ? undefined : show(input.StartAfter),
      EncodingType: input.EncodingType,
      MaxKeys: input.MaxKeys ?? 1000,
      KeyCount: contents.length + prefixes.length,
      IsTruncated: isTruncated,
      ContinuationToken: input.ContinuationToken,
      NextContinuationToken: isTruncated ? writeToken(last) : undefined,
      Contents: contents,
      CommonPrefixes: prefixes.map((text) => ({ Prefix: show(text) })),
    };
  },
};

/** The bucket, when the caller's account may use it and asks in its region. */
export function needBucket(context: S3Context, name: string | undefined, anyRegion = false): Bucket {
  const bucket = Object.hasOwn(context.state.buckets, name ?? '')
    ? context.state.buckets[name ?? '']
    : undefined;
  if (!bucket) {
    throw new ApiError('NoSuchBucket', 'The specified bucket does not exist', 404, { BucketName: name });
  }
  if (bucket.ownerId !== context.accountId && !bucket.sharedWith.includes(context.accountId)) {
    throw new ApiError('AccessDenied', 'Access Denied', 403);
  }
  if (bucket.region !== context.region && !anyRegion) {
    throw new ApiError(
      'PermanentRedirect',
      'The bucket you are attempting to access must be addressed using the specified endpoint.',
      301,
      { Bucket: bucket.name, BucketRegion: bucket.region },
    );
  }
  return bucket;
}

function needObject(bucket: Bucket, key: string): StoredObject {
  const object = Object.hasOwn(bucket.objects, key) ? bucket.objects[key] : undefined;
  if (!object) throw new ApiError('NoSuchKey', 'The specified key does not exist.', 404, { Key: key });
  return object;
}

function viewObject(object: StoredObject): Record<string, unknown> {
  return {
    AcceptRanges: 'bytes',
    ETag: object.eTag,
    LastModified: new Date(object.lastModifiedMs),
    ContentType: object.contentType,
    ContentEncoding: object.contentEncoding,
    Metadata: object.metadata,
  };
}

function viewListed(key: string, object: StoredObject): NonNullable<ListObjectsV2Output['Contents']>[number] {
  return {
    Key: key,
    LastModified: new Date(object.lastModifiedMs),
    ETag: object.eTag,
    Size: object.sizeBytes,
    StorageClass: 'STANDARD',
  };
}

function checkConditions(object: StoredObject, input: GetObjectRequest): void {
  const modifiedMs = Math.floor(object.lastModifiedMs / 1000) * 1000;
  const failed =
    (input.IfMatch !== undefined && input.IfMatch !== object.eTag && input.IfMatch !== '*') ||
    (input.IfMatch === undefined &&
      input.IfUnmodifiedSince !== undefined &&
      modifiedMs > input.IfUnmodifiedSince.getTime());
  if (failed) {
    throw new ApiError(
      'PreconditionFailed',
      'At least one of the pre-conditions you specified did not hold',
      412,
    );
  }
  const unchanged =
    input.IfNoneMatch === undefined
      ? input.IfModifiedSince !== undefined && modifiedMs <= input.IfModifiedSince.getTime()
      : input.IfNoneMatch === object.eTag || input.IfNoneMatch === '*';
  if (unchanged) throw new ApiError('NotModified', 'Not Modified', 304);
}

/** `bytes=a-b`, `bytes=a-`, `bytes=-n`; other forms mean the whole object, as RFC 9110 section 14.2 allows. */
function readRange(
  text: string,
  size: number,
): { readonly first: number; readonly last: number } | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(text);
  if (!match || (match[1] === '' && match[2] === '')) return undefined;
  const first = match[1] === '' ? Math.max(0, size - Number(match[2])) : Number(match[1]);
  const last = match[1] === '' || match[2] === '' ? size - 1 : Math.min(Number(match[2]), size - 1);
  if (first >= size || last < first) {
    throw new ApiError('InvalidRange', 'The requested range is not satisfiable', 416, {
      ActualObjectSize: size,
    });
  }
  return { first, last };
}

function encodeKey(text: string): string {
  return encodeURIComponent(text).replaceAll('%2F', '/').replaceAll('%20', '+');
}

function writeToken(key: string): string {
  return Buffer.from(`1/${key}`).toString('base64');
}

function readToken(token: string): string {
  const text = Buffer.from(token, 'base64').toString('utf8');
  if (!text.startsWith('1/')) {
    throw new ApiError('InvalidArgument', 'The continuation token provided is incorrect');
  }
  return text.slice(2);
}
