import type { OperationContext } from '../service/definition.js';
import { ApiError } from '../errors.js';
import { readToken, writeToken } from '../ec2/describe.js';
import type { LoadBalancingState } from './state.js';

type Sdk = typeof import('@aws-sdk/client-elastic-load-balancing-v2');
type OperationName = {
  [Name in keyof Sdk]: Name extends `${infer Operation}Command` ? Operation : never;
}[keyof Sdk];

type InputOf<Name extends OperationName> = InstanceType<Sdk[`${Name}Command`]>['input'];

/** Output of an operation, as the SDK types it. */
export type LoadBalancingOutput<Name extends OperationName> =
  ReturnType<InstanceType<Sdk[`${Name}Command`]>['resolveMiddleware']> extends (
    ...request: never[]
  ) => Promise<{ readonly output: infer Output }>
    ? Omit<Output, '$metadata'>
    : never;

export type LoadBalancingContext = OperationContext<LoadBalancingState>;

/** Operations by name, inputs and outputs typed by the SDK. */
export type LoadBalancingOperations<Names extends OperationName> = {
  readonly [Name in Names]: {
    readonly access: 'read' | 'write';
    readonly accepts: readonly Extract<keyof InputOf<Name>, string>[];
    readonly ignores?: readonly Extract<keyof InputOf<Name>, string>[];
    readonly resources?: readonly Extract<keyof InputOf<Name>, string>[];
    run(context: LoadBalancingContext, input: InputOf<Name>): LoadBalancingOutput<Name>;
  };
};

/** A page by PageSize (1 to 400) and Marker. */
export function pageOf<Item>(
  context: LoadBalancingContext,
  items: readonly Item[],
  pageSize: number | undefined,
  marker: string | undefined,
): { readonly items: readonly Item[]; readonly nextMarker: string | undefined } {
  if (pageSize !== undefined && (pageSize < 1 || pageSize > 400)) {
    throw new ApiError(
      'ValidationError',
      `1 validation error detected: Value '${pageSize}' at 'pageSize' failed to satisfy constraint: Member must be between 1 and 400`,
    );
  }
  const start = marker === undefined ? 0 : positionOf(marker);
  const end = start + Math.min(pageSize ?? 400, context.pageLimit ?? 400);
  return { items: items.slice(start, end), nextMarker: end < items.length ? writeToken(end) : undefined };
}

function positionOf(marker: string): number {
  try {
    return readToken(marker);
  } catch {
    throw new ApiError('ValidationError', `The marker '${marker}' is invalid`);
  }
}

/** `arn:aws:elasticloadbalancing:region:account:suffix`. */
export function arnOf(context: LoadBalancingContext, suffix: string): string {
  return `arn:aws:elasticloadbalancing:${context.region}:${context.accountId}:${suffix}`;
}

/** Names: 32 characters at most, letters, digits and inner dashes. */
export function checkName(kind: string, name: string): void {
  if (name.length > 32)
    throw new ApiError('ValidationError', `The ${kind} name '${name}' cannot be longer than '32' characters`);
  if (!/^[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?$/.test(name)) {
    throw new ApiError(
      'ValidationError',
      `The ${kind} name '${name}' can only contain characters that are alphanumeric characters and hyphens(-) and must not begin or end with a hyphen`,
    );
  }
}
