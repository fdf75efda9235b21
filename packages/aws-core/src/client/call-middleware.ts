import { AwsUncertainWriteError } from '../errors/aws-error.js';
import { rememberCall, rememberSignal } from '../errors/call-of.js';
import { categorize } from '../errors/categorize.js';
import { iamActionsOf } from '../iam/actions.js';
import type { SdkClient } from './create-client.js';
import { isOutcomeUnknown, isRepeatable } from './write-policy.js';

/** What the middleware of a client is told. */
export interface CallWatch {
  readonly userAgent: string;
  readonly region: string;
  readonly repeatable: ReadonlySet<string>;
}

/** The middleware stack of any client, as far as it is used here. */
interface Stack {
  add(middleware: Middleware, options: object): void;
}

type Middleware = (next: Handler, context: Context) => Handler;

interface Context {
  readonly commandName?: string;
  /** Where the SDK keeps the options of `send`. */
  readonly __smithy_context?: { readonly abortSignal?: AbortSignal };
}
type Handler = (args: { readonly input: object; readonly request?: unknown }) => Promise<unknown>;

/**
 * Adds the two ends of a call to a client: outside everything, which remembers the call with its error; and inside
 * the SDK's retry, which sees each attempt and tells apart the failures after which nothing may be sent again.
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
  stack.add((next, context) => (args) => attempt(next, args, context), {
    step: 'finalizeRequest',
    priority: 'low',
    name: 'netAttemptMiddleware',
    override: true,
  });

  async function outside(next: Handler, args: Parameters<Handler>[0], operation: string): Promise<unknown> {
    try {
      return await next(args);
    } catch (error) {
      rememberCall(error, { action: actionOf(operation), region: watch.region });
      throw error;
    }
  }

  async function attempt(next: Handler, args: Parameters<Handler>[0], context: Context): Promise<unknown> {
    const operation = operationOf(context);
    addUserAgent(args.request, watch.userAgent);
    try {
      return await next(args);
    } catch (error) {
      rememberSignal(error, context.__smithy_context?.abortSignal);
      if (isRepeatable(operation, args.request, watch.repeatable) || !isOutcomeUnknown(error)) throw error;
      const { code, message } = categorize(error);
      throw new AwsUncertainWriteError(actionOf(operation), code, message, { cause: error });
    }
  }

  function actionOf(operation: string): string {
    return iamActionsOf(serviceId, operation)[0] ?? operation;
  }
}

function operationOf(context: Context): string {
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
