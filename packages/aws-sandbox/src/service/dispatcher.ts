import { randomUUID } from 'node:crypto';

import { ApiError, SandboxError } from '../errors.js';
import type { Fault, FaultRules } from '../faults/rules.js';
import type { TokenBuckets } from '../faults/token-buckets.js';
import type { WireRequest, WireResponse } from '../wire/protocol.js';
import { MalformedValue } from '../wire/scalars.js';
import { type OperationShape, operationShape } from '../wire/shape.js';
import type { World } from '../world/world.js';
import { type Caller, identifyCaller } from './caller.js';
import type { CallLog, CallOutcome } from './call-log.js';
import type { ServiceDefinition } from './definition.js';
import { decideResources, execute } from './execute.js';
import { standardErrors } from './standard-errors.js';

/** What the HTTP server has to do with a handled request. */
export type Reply =
  | { readonly kind: 'answer'; readonly response: WireResponse }
  | { readonly kind: 'cut' }
  /** The head and half of the body, then nothing. */
  | { readonly kind: 'half'; readonly response: WireResponse };

/** What a {@link Dispatcher} is made of. */
export interface DispatcherOptions {
  readonly world: World;
  readonly services: readonly ServiceDefinition[];
  readonly faults: FaultRules;
  readonly throttling: TokenBuckets;
  readonly calls: CallLog;
  readonly verifySignatures: boolean;
  readonly defaultAccountId: string;
}

/** Takes a request through identification, faults, permission, the operation, and back to the wire. */
export class Dispatcher {
  readonly #options: DispatcherOptions;
  readonly #shapes = new Map<string, Promise<OperationShape | undefined>>();

  constructor(options: DispatcherOptions) {
    this.#options = options;
  }

  async handle(request: WireRequest, signal: AbortSignal): Promise<Reply> {
    const { world, services, defaultAccountId, verifySignatures } = this.#options;
    const requestId = randomUUID();
    const caller = identifyCaller(request, { world, services, defaultAccountId, verifySignatures });
    if ('error' in caller) {
      return answer(caller.protocol.writeError(caller.error, requestId, undefined));
    }
    const action = caller.service.protocol.action(request);
    const shape = action === undefined ? undefined : await this.#shape(caller.service, action);
    const operation = action === undefined ? undefined : caller.service.operations[action];
    const { protocol } = caller.service;
    if (action === undefined || !shape || !operation) {
      const error = standardErrors.invalidAction(protocol.dialect, action);
      this.#record(requestId, caller, action ?? '', {}, outcomeOf(error));
      return answer(protocol.writeError(error, requestId, action));
    }
    try {
      const { input, unknown } = protocol.read(request, shape);
      return await this.#call(requestId, caller, shape, input, unknown, signal);
    } catch (error) {
      if (!(error instanceof MalformedValue)) throw error;
      const refused = standardErrors.malformed(protocol.dialect, error.path, error.message);
      this.#record(requestId, caller, action, {}, outcomeOf(refused));
      return answer(protocol.writeError(refused, requestId, action));
    }
  }

  async #call(
    requestId: string,
    caller: Caller,
    shape: OperationShape,
    input: Record<string, unknown>,
    unknown: readonly string[],
    signal: AbortSignal,
  ): Promise<Reply> {
    const { faults, world } = this.#options;
    const { protocol } = caller.service;
    const action = shape.name;
    const struck = faults.strike({
      service: caller.service.id,
      action,
      accountId: caller.location.accountId,
      region: caller.location.region,
      principalArn: caller.principal.arn,
      params: input,
    });
    const latency = faultOf(struck, 'latency');
    if (latency) await world.clock.sleep(latency.durationMs, signal);
    const cut = faultOf(struck, 'cut');
    if (cut?.when === 'before') {
      this.#record(requestId, caller, action, input, { kind: 'cut', when: 'before', applied: false });
      return { kind: 'cut' };
    }
    const garbage = faultOf(struck, 'garbage');
    if (garbage) {
      this.#record(requestId, caller, action, input, { kind: 'garbage' });
      return answer(garbageResponse(garbage));
    }
    let response: WireResponse;
    let outcome: CallOutcome = { kind: 'ok' };
    try {
      const output = this.#run(requestId, caller, shape, input, unknown, struck);
      response = protocol.write(shape, output, requestId);
    } catch (error) {
      const refused = error instanceof ApiError ? error : standardErrors.internal(protocol.dialect);
      outcome = outcomeOf(refused);
      response = protocol.writeError(refused, requestId, action);
      if (!(error instanceof ApiError)) {
        this.#record(requestId, caller, action, input, outcome);
        throw new SandboxError('NET_SANDBOX_OPERATION', `${caller.service.id}:${action} failed`, {
          cause: error,
        });
      }
    }
    const applied = outcome.kind === 'ok';
    this.#record(requestId, caller, action, input, cut ? { kind: 'cut', when: cut.when, applied } : outcome);
    if (!cut) return answer(response);
    return cut.when === 'after' ? { kind: 'cut' } : { kind: 'half', response };
  }

  #run(
    requestId: string,
    caller: Caller,
    shape: OperationShape,
    input: Record<string, unknown>,
    unknown: readonly string[],
    struck: readonly Fault[],
  ): object {
    const { world, throttling } = this.#options;
    const { service, location, principal } = caller;
    const { dialect } = service.protocol;
    const operation = service.operations[shape.name]!;
    const error = faultOf(struck, 'error');
    if (error)
      throw new ApiError(
        error.code,
        error.message ?? `Injected ${error.code}`,
        error.status ?? statusOf(error.code),
      );
    const isThrottled =
      service.id === 'ec2' &&
      throttling.enabled &&
      !throttling.take(`${location.accountId}|${location.region}`, shape.name, input, world.clock.now());
    if (isThrottled || faultOf(struck, 'throttle')) throw standardErrors.throttled(dialect);
    const iamAction = `${service.iamPrefix}:${shape.name}`;
    const resources = decideResources(service, operation, location, input);
    for (const resource of resources) {
      const verdict = faultOf(struck, 'deny')
        ? 'none'
        : world.principals.decide(principal, iamAction, resource);
      if (verdict !== 'allow') {
        throw standardErrors.denied(dialect, principal.arn, iamAction, resource, verdict === 'deny');
      }
    }
    if (unknown[0] !== undefined) throw standardErrors.unknownParameter(dialect, unknown[0]);
    const stale = operation.access === 'read' ? faultOf(struck, 'stale') : undefined;
    if (stale) world.keepHistory(stale.lagMs);
    return execute({
      world,
      service,
      action: shape.name,
      inputShape: shape.input,
      location,
      principal,
      requestId,
      input,
      staleMs: stale?.lagMs,
      pageLimit: faultOf(struck, 'small-pages')?.size,
    });
  }

  #record(
    requestId: string,
    caller: Caller,
    action: string,
    params: Readonly<Record<string, unknown>>,
    outcome: CallOutcome,
  ): void {
    this.#options.calls.record({
      atMs: this.#options.world.clock.now(),
      requestId,
      ...caller.location,
      service: caller.service.id,
      action,
      principalArn: caller.principal.arn,
      params,
      outcome,
    });
  }

  #shape(service: ServiceDefinition, action: string): Promise<OperationShape | undefined> {
    if (!Object.hasOwn(service.operations, action)) return Promise.resolve(undefined);
    const key = `${service.id}:${action}`;
    let shape = this.#shapes.get(key);
    if (!shape) {
      shape = service.loadSchemas().then((schemas) => operationShape(schemas[`${action}$`]));
      this.#shapes.set(key, shape);
    }
    return shape;
  }
}

function faultOf<Kind extends Fault['kind']>(
  struck: readonly Fault[],
  kind: Kind,
): Extract<Fault, { kind: Kind }> | undefined {
  return struck.find((fault): fault is Extract<Fault, { kind: Kind }> => fault.kind === kind);
}

function answer(response: WireResponse): Reply {
  return { kind: 'answer', response };
}

function outcomeOf(error: ApiError): CallOutcome {
  return { kind: 'error', code: error.code, status: error.status };
}

function statusOf(code: string): number {
  if (code === 'InternalError' || code === 'InternalFailure') return 500;
  if (code === 'Unavailable' || code === 'ServiceUnavailable' || code === 'RequestLimitExceeded') return 503;
  return code === 'UnauthorizedOperation' ? 403 : 400;
}

function garbageResponse(fault: Extract<Fault, { kind: 'garbage' }>): WireResponse {
  return {
    status: fault.status ?? 200,
    headers: { 'content-type': fault.contentType ?? 'text/html' },
    body: fault.body ?? '<html><head><title>Sign in</title></head><body>Captive portal<br></body></html>',
  };
}
