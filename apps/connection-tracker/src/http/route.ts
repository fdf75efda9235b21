import type { z } from 'zod';
import type { Store } from '../store/index.js';
import type { Addresses } from './addresses.js';

/** What requests are answered from. */
export interface Sources {
  readonly store: Store;
  readonly addresses: Addresses;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

export interface RouteRequest<Input> extends Sources {
  readonly input: Input;
  readonly accept: string;
  /** `Last-Event-ID` of a stream that goes on. */
  readonly lastEventId: string | undefined;
  /** Aborted when the caller has gone. */
  readonly signal: AbortSignal;
  /** Aborted when the server stops: answers without an end are to end. */
  readonly stopping: AbortSignal;
}

/** `version`: changes whenever the answer may have; becomes a weak ETag. */
export type Answer =
  | { readonly kind: 'json'; readonly value: unknown; readonly version?: string | undefined }
  | {
      readonly kind: 'text';
      readonly contentType: string;
      readonly chunks: AsyncIterable<string>;
      readonly version?: string | undefined;
      readonly fileName?: string | undefined;
      /** A stream without an end: never compressed or kept. */
      readonly isLive?: boolean;
    };

/** A `GET` route as data: requests are validated by the same schemas that describe it. */
export interface Route {
  /** With `{name}` for parts of the path. */
  readonly path: string;
  readonly operationId: string;
  readonly summary: string;
  readonly tag: 'original' | 'v1';
  readonly params: z.ZodObject;
  readonly query: z.ZodObject;
  /** Of the 200 answer in JSON. */
  readonly answer: z.ZodType;
  /** Of the 200 answer. Default: `application/json`. */
  readonly contentTypes?: readonly string[];
  readonly handle: (request: RouteRequest<never>) => Promise<Answer>;
}

interface RouteDeclaration<P extends z.ZodObject, Q extends z.ZodObject> extends Omit<Route, 'handle'> {
  readonly params: P;
  readonly query: Q;
  readonly handle: (request: RouteRequest<z.output<P> & z.output<Q>>) => Promise<Answer>;
}

/** Declares a route; the handler's `input` has the types of the schemas. */
export function defineRoute<P extends z.ZodObject, Q extends z.ZodObject>(
  declaration: RouteDeclaration<P, Q>,
): Route {
  return declaration;
}
