import { AwsUncertainWriteError } from '../errors/aws-error.js';
import { rememberCall } from '../errors/call-of.js';
import { categorize } from '../errors/categorize.js';
import { iamActionsOf } from '../iam/actions.js';
import type { SdkClient } from './create-client.js';
import { isOutcomeUnknown, isRepeatable } from './write-policy.js';

/** What the middleware of a client is told. */
export interface CallWatch {
  readonly userAgent: string;
  readonly region: string;
  /** Where errors of writes with an unknown outcome are put for the retry strategy to see. */
  readonly uncertain: WeakSet<object>;
  readonly repeatable: ReadonlySet<string>;
}

/** The middleware stack of any client, as far as it is used here. */
interface Stack {
  add(middleware: Middleware, options: object): void;
}

type Middleware = (next: Handler, context: { readonly commandName?: string }) => Handler;
type Handler = (args: { readonly input: object; readonly request?: unknown }) => Promise<unknown>;

/**
 * Adds the two ends of a call to a client: outside everything, which remembers the call with its error; and inside
 * the SDK's retry, which sees each attempt and tells it which of them must stay the last.
 */
export function watchCalls(client: SdkClient, watch: CallWatch): void {
  const stack = client.middlewareStack as Stack;
  const { serviceId } = client.config;
  stack.add((next, context) => (args) => outside(next, args, operationOf(context)), {
    step: 'initialize',
    priority: 'high',
    name: 'netCallMiddleware',
    override: true,
  });
  stack.add((next, context) => (args) => attempt(next, args, operationOf(context)), {
    step: 'finalizeRequest',
    priority: 'low',
    name: 'netAttemptMiddleware',
    override: true,
  });

  async function outside(next: Handler, args: Parameters<Handler>[0], operation: string): Promise<unknown> {
    try {
      return await next(args);
    } catch (error) {
      const action = iamActionsOf(serviceId, operation)[0] ?? operation;
      rememberCall(error, { action, region: watch.region });
      if (typeof error !== 'object' || error === null || !watch.uncertain.has(error)) throw error;
      const { code, message } = categorize(error);
      throw new AwsUncertainWriteError(action, code, message, { cause: error });
    }
  }

  async function attempt(next: Handler, args: Parameters<Handler>[0], operation: string): Promise<unknown> {
    addUserAgent(args.request, watch.userAgent);
    try {
      return await next(args);
    } catch (error) {
      const isUnsafe = !isRepeatable(operation, args.request, watch.repeatable) && isOutcomeUnknown(error);
      if (isUnsafe && typeof error === 'object' && error !== null) watch.uncertain.add(error);
      throw error;
    }
  }
}

function operationOf(context: { readonly commandName?: string }): string {
  return (context.commandName ?? 'Unknown').replace(/Command$/, '');
}

// SigV4 leaves the user agent out of the signature, so it may still change here. The SDK's own escaping has no way
// to write `@net/app/version`.
function addUserAgent(request: unknown, userAgent: string): void {
  if (typeof request !== 'object' || request === null || !('headers' in request)) return;
  const headers = request.headers as Record<string, string>;
  const present = headers['user-agent'] ?? '';
  if (!present.includes(userAgent)) headers['user-agent'] = `${present} ${userAgent}`.trim();
}
