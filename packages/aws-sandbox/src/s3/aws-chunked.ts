import type { WireRequest } from '../wire/protocol.js';
import { MalformedValue } from '../wire/scalars.js';

/**
 * The body of a request, taken out of the `aws-chunked` framing that clients use for streams: hexadecimal size,
 * extensions, data, ..., a last chunk of size 0 and trailers ("Signature calculations: transferring payload in
 * multiple chunks", Amazon S3 API Reference). Chunk signatures are not checked.
 */
export function decodeChunks(request: WireRequest): Buffer {
  const isChunked =
    request.headers['x-amz-content-sha256']?.startsWith('STREAMING-') === true ||
    /\baws-chunked\b/.test(request.headers['content-encoding'] ?? '');
  if (!isChunked) return request.body;
  const { body } = request;
  const parts: Buffer[] = [];
  for (let position = 0; ; ) {
    const lineEnd = body.indexOf('\r\n', position);
    if (lineEnd < 0) throw new MalformedValue('Body', 'Incomplete chunk');
    const size = Number.parseInt(body.toString('latin1', position, lineEnd), 16);
    if (!(size >= 0) || lineEnd + 2 + size > body.length) throw new MalformedValue('Body', 'Malformed chunk');
    if (size === 0) return Buffer.concat(parts);
    parts.push(body.subarray(lineEnd + 2, lineEnd + 2 + size));
    position = lineEnd + 2 + size + 2;
  }
}
