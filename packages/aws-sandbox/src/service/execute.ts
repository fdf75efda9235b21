import { SandboxError } from '../errors.js';
import type { Principal } from '../iam/principals.js';
import type { AnyShape } from '../wire/shape.js';
import type { World } from '../world/world.js';
import type { Location, Operation, OperationContext, ServiceDefinition } from './definition.js';
import { missingMembers, unsupportedMembers } from './members.js';
import { standardErrors } from './standard-errors.js';

/** One call of one operation, its permission already decided. */
export interface Execution {
  readonly world: World;
  readonly service: ServiceDefinition;
  readonly action: string;
  /** For the check of required members; calls from inside the process go without. */
  readonly inputShape?: AnyShape | undefined;
  readonly location: Location;
  readonly principal: Principal;
  readonly requestId: string;
  readonly input: Record<string, unknown>;
  readonly staleMs?: number | undefined;
  readonly pageLimit?: number | undefined;
}

/** Checks the members, honours DryRun and ClientToken, and runs the operation. Synchronous, hence atomic. */
export function execute(execution: Execution): object {
  const { service, action, inputShape, input } = execution;
  const { dialect } = service.protocol;
  const operation = service.operations[action];
  if (!operation) throw standardErrors.invalidAction(dialect, action);
  const missing = inputShape && missingMembers(inputShape, input)[0];
  if (missing !== undefined) throw standardErrors.missingParameter(dialect, missing);
  const unsupported = unsupportedMembers(input, knownMembers(operation))[0];
  if (unsupported !== undefined) throw standardErrors.unsupported(dialect, action, unsupported);
  const isDryRun = input['DryRun'] === true;
  if (operation.access === 'read') {
    if (isDryRun) throw standardErrors.dryRun();
    return runRead(execution, operation);
  }
  return runWrite(execution, operation, isDryRun);
}

/** ARNs of the resources that IAM decides on, `*` when the operation has none. */
export function decideResources(
  service: ServiceDefinition,
  operation: Operation<object>,
  location: Location,
  input: Readonly<Record<string, unknown>>,
): readonly string[] {
  const toArn = service.resourceArn?.bind(service);
  if (!toArn || operation.access === 'read') return ['*'];
  const ids = (operation.resources ?? [])
    .flatMap((member) => input[member])
    .filter((id): id is string => typeof id === 'string');
  return ids.length === 0 ? ['*'] : [...new Set(ids.map((id) => toArn(id, location)))];
}

const knownByOperation = new WeakMap<object, ReadonlySet<string>>();

function knownMembers(operation: Operation<object>): ReadonlySet<string> {
  let known = knownByOperation.get(operation);
  if (!known) {
    known = new Set([...operation.accepts, ...(operation.ignores ?? []), 'DryRun', 'ClientToken']);
    knownByOperation.set(operation, known);
  }
  return known;
}

function runRead(execution: Execution, operation: Operation<object>): object {
  const { world, service, location, staleMs } = execution;
  const seen =
    staleMs === undefined
      ? { state: world.state(service, location), nowMs: world.clock.now() }
      : world.staleState(service, location, staleMs);
  return operation.run(
    contextOf(execution, seen, () => undefined),
    execution.input as never,
  );
}

function runWrite(execution: Execution, operation: Operation<object>, isDryRun: boolean): object {
  const { world, service, location, input, action } = execution;
  const nowMs = world.clock.now();
  const token = input['ClientToken'];
  const key =
    typeof token === 'string' && token !== ''
      ? `${service.id}|${location.accountId}|${location.region}|${action}|${token}`
      : undefined;
  const known = key === undefined ? undefined : world.clientTokens.find(key, input, nowMs);
  if (known === 'mismatch') throw standardErrors.tokenMismatch();
  if (known) {
    if (isDryRun) throw standardErrors.dryRun();
    return known;
  }
  const passed = { gate: false };
  const gate = (): void => {
    if (isDryRun) throw standardErrors.dryRun();
    passed.gate = true;
  };
  const context = contextOf(execution, { state: world.state(service, location), nowMs }, gate);
  const output = operation.run(context, input as never);
  if (!passed.gate) {
    throw new SandboxError('NET_SANDBOX_OPERATION', `${action} wrote without announcing that it would`);
  }
  if (key !== undefined) world.clientTokens.remember(key, input, output, nowMs);
  world.changed(service, location);
  return output;
}

function contextOf(
  execution: Execution,
  seen: { readonly state: object; readonly nowMs: number },
  willChange: () => void,
): OperationContext<object> {
  const { world, location, principal, requestId, pageLimit } = execution;
  return { ...location, ...seen, world, principal, requestId, pageLimit, willChange };
}
