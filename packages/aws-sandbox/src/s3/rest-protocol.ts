import { escapeXml, writeMembers } from '../wire/xml-writer.js';
import type { Protocol, WireRequest, WireResponse } from '../wire/protocol.js';
import { MalformedValue, readScalar, writeScalar } from '../wire/scalars.js';
import type { Member, OperationShape, StructShape } from '../wire/shape.js';
import { decodeChunks } from './aws-chunked.js';
import { routeOf } from './route.js';
import { readXml } from './xml-reader.js';

/** Body bytes that an operation answers with, next to the members of its output. */
export const payload: unique symbol = Symbol('payload');

/** An output that may have a body. */
export interface WithPayload {
  [payload]?: Buffer;
}

/** The REST XML protocol of S3, members bound to path, query, headers and body as the SDK's schemas say. */
export const s3Protocol: Protocol = {
  dialect: 'rest-xml',
  action: (request) => routeOf(request).action,
  read: (request, shape) => {
    const route = routeOf(request);
    const query = new URLSearchParams(request.query);
    const claimed = new Set(route.subresources);
    const input: Record<string, unknown> = {};
    for (const member of structOf(shape.input)?.members ?? []) {
      const value = readMember(member, { request, query, claimed, bucket: route.bucket, key: route.key });
      if (value !== undefined) input[member.name] = value;
    }
    const unknown = [...query.keys()].filter(
      (name) => !claimed.has(name) && name !== 'x-id' && !name.startsWith('X-Amz-'),
    );
    return { input, unknown };
  },
  write: (shape, output, requestId) => {
    const { headers, body } = writeOutput(shape, output);
    const isRange = headers['content-range'] !== undefined;
    const status = isRange ? 206 : shape.name.startsWith('Delete') ? 204 : 200;
    return { status, headers: { ...headers, 'x-amz-request-id': requestId }, body };
  },
  writeError: (error, requestId): WireResponse => {
    const { BucketRegion: region, ...members } = error.members;
    const more = Object.entries(members).map(
      ([name, value]) => `<${name}>${escapeXml(String(value))}</${name}>`,
    );
    return {
      status: error.status,
      headers: {
        'content-type': 'application/xml',
        'x-amz-request-id': requestId,
        ...(typeof region === 'string' ? { 'x-amz-bucket-region': region } : {}),
      },
      body:
        error.status === 304
          ? ''
          : `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${escapeXml(error.code)}</Code>` +
            `<Message>${escapeXml(error.message)}</Message>${more.join('')}` +
            `<RequestId>${requestId}</RequestId></Error>`,
    };
  },
};

interface Source {
  readonly request: WireRequest;
  readonly query: URLSearchParams;
  readonly claimed: Set<string>;
  readonly bucket: string | undefined;
  readonly key: string | undefined;
}

function readMember(member: Member, source: Source): unknown {
  const { request, query, claimed } = source;
  const { httpLabel, httpQuery, httpHeader, httpPrefixHeaders, httpPayload } = member.traits;
  if (httpLabel) return member.name === 'Bucket' ? source.bucket : source.key;
  if (typeof httpQuery === 'string') {
    claimed.add(httpQuery);
    const text = query.get(httpQuery);
    return text === null ? undefined : readScalar(member.shape(), text, httpQuery);
  }
  if (typeof httpHeader === 'string') {
    const text = request.headers[httpHeader.toLowerCase()];
    const shape = member.shape();
    if (text === undefined || shape.kind === 'list') return undefined;
    return readScalar(shape, text, httpHeader);
  }
  if (typeof httpPrefixHeaders === 'string') {
    const found = Object.entries(request.headers).filter(([name]) => name.startsWith(httpPrefixHeaders));
    if (found.length === 0) return undefined;
    return Object.fromEntries(found.map(([name, value]) => [name.slice(httpPrefixHeaders.length), value]));
  }
  if (httpPayload) {
    const body = decodeChunks(request);
    const shape = member.shape();
    if (shape.kind !== 'struct') return new Uint8Array(body);
    return body.length === 0 ? undefined : readXml(shape, body.toString('utf8'));
  }
  return undefined;
}

function writeOutput(
  shape: OperationShape,
  output: object,
): { readonly headers: Record<string, string>; readonly body: string | Buffer } {
  const headers: Record<string, string> = {};
  const struct = structOf(shape.output);
  const values = output as Readonly<Record<string, unknown>> & WithPayload;
  const bodied: Member[] = [];
  for (const member of struct?.members ?? []) {
    const value = values[member.name];
    const { httpHeader, httpPrefixHeaders, httpPayload } = member.traits;
    if (typeof httpPrefixHeaders === 'string') {
      for (const [name, text] of Object.entries(value ?? {})) {
        headers[httpPrefixHeaders + name] = String(text);
      }
    } else if (typeof httpHeader === 'string') {
      const name = httpHeader.toLowerCase();
      if (value !== undefined && value !== null && name !== 'content-length') {
        headers[name] = headerText(member, value);
      }
    } else if (!httpPayload) bodied.push(member);
  }
  if (values[payload]) return { headers, body: values[payload] };
  if (shape.name === 'GetBucketLocation') {
    headers['content-type'] = 'application/xml';
    const text = escapeXml(textOf(values['LocationConstraint']));
    return { headers, body: `${prolog}<LocationConstraint ${namespace}>${text}</LocationConstraint>` };
  }
  if (!struct || bodied.length === 0) return { headers, body: '' };
  headers['content-type'] = 'application/xml';
  const root = rootName(shape);
  const members: StructShape = { ...struct, members: bodied };
  return { headers, body: `${prolog}<${root} ${namespace}>${writeMembers(members, output)}</${root}>` };
}

const prolog = '<?xml version="1.0" encoding="UTF-8"?>\n';
const namespace = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"';

function rootName(shape: OperationShape): string {
  const names: Readonly<Record<string, string>> = {
    ListObjectsV2: 'ListBucketResult',
    ListBuckets: 'ListAllMyBucketsResult',
    GetBucketNotificationConfiguration: 'NotificationConfiguration',
  };
  return names[shape.name] ?? `${shape.name}Result`;
}

function headerText(member: Member, value: unknown): string {
  const shape = member.shape();
  if (shape.kind === 'timestamp' && value instanceof Date) return value.toUTCString();
  return writeScalar(shape, value);
}

function structOf(shape: OperationShape['input']): StructShape | undefined {
  if (shape.kind === 'struct') return shape;
  if (shape.kind === 'unit') return undefined;
  throw new MalformedValue('', 'Expected a structure');
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
