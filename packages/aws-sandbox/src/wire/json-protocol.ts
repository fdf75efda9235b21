import type { ApiError } from '../errors.js';
import { readJson, toJson } from './json.js';
import type { Protocol, WireResponse } from './protocol.js';
import { MalformedValue } from './scalars.js';

/** Settings of {@link jsonProtocol}. */
export interface JsonProtocolOptions {
  readonly version: '1.0' | '1.1';
  /** The part of `X-Amz-Target` before the dot. */
  readonly targetPrefix: string;
  /** Adds `x-amzn-query-error`, as services do that once spoke the query protocol (SQS). */
  readonly queryCompatible?: boolean;
}

/** AWS JSON 1.0 and 1.1: the action in `X-Amz-Target`, members as JSON. */
export function jsonProtocol(options: JsonProtocolOptions): Protocol {
  const contentType = `application/x-amz-json-${options.version}`;
  return {
    dialect: 'json',
    action: (request) => {
      const target = request.headers['x-amz-target'];
      return target?.startsWith(`${options.targetPrefix}.`)
        ? target.slice(options.targetPrefix.length + 1)
        : undefined;
    },
    read: (request, shape) => {
      const text = request.body.toString('utf8');
      let document: unknown;
      try {
        document = text === '' ? {} : JSON.parse(text);
      } catch (cause) {
        throw new MalformedValue('', `The request body is not JSON: ${String(cause)}`);
      }
      return readJson(shape.input, document);
    },
    write: (shape, output, requestId) =>
      respond(
        200,
        requestId,
        contentType,
        toJson(shape.output.kind === 'unit' ? { kind: 'document' } : shape.output, output),
      ),
    writeError: (error, requestId) => {
      const response = respond(error.status, requestId, contentType, {
        __type: error.code,
        message: error.message,
        ...error.members,
      });
      if (!options.queryCompatible) return response;
      return { ...response, headers: { ...response.headers, 'x-amzn-query-error': queryError(error) } };
    },
  };
}

function queryError(error: ApiError): string {
  return `${error.code};${error.status >= 500 ? 'Receiver' : 'Sender'}`;
}

function respond(status: number, requestId: string, contentType: string, document: unknown): WireResponse {
  return {
    status,
    headers: { 'content-type': contentType, 'x-amzn-requestid': requestId },
    body: JSON.stringify(document),
  };
}
