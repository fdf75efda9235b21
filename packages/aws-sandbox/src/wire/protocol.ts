import type { ApiError } from '../errors.js';
import type { OperationShape } from './shape.js';

/** An HTTP request as the sandbox's codecs see it. */
export interface WireRequest {
  readonly method: string;
  /** Path and raw query, undecoded. */
  readonly path: string;
  readonly query: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** An HTTP answer. */
export interface WireResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
}

/** Which family of standard error codes a service answers with. */
export type Dialect = 'ec2-query' | 'query' | 'json' | 'rest-xml';

/** How a service's operations travel: names the action, reads its input, writes its output or error. */
export interface Protocol {
  readonly dialect: Dialect;
  /** The action that the request names; undefined when it names none. */
  action(request: WireRequest): string | undefined;
  /** The members given, and the paths of those that the operation does not have. Throws MalformedValue. */
  read(
    request: WireRequest,
    shape: OperationShape,
  ): { readonly input: Record<string, unknown>; readonly unknown: readonly string[] };
  write(shape: OperationShape, output: object, requestId: string): WireResponse;
  writeError(error: ApiError, requestId: string, action: string | undefined): WireResponse;
}
