import type { Principal } from '../iam/principals.js';
import type { Protocol } from '../wire/protocol.js';
import type { World } from '../world/world.js';

/** Where a call happens: whose account, in which region. */
export interface Location {
  readonly accountId: string;
  readonly region: string;
}

/** What an operation is given besides its input. */
export interface OperationContext<State extends object> extends Location {
  readonly world: World;
  readonly principal: Principal;
  readonly requestId: string;
  /** The time the operation sees; earlier than the clock's under the stale-read fault. */
  readonly nowMs: number;
  readonly state: State;
  /** Upper bound on the size of a page, set by the small-pages fault. */
  readonly pageLimit: number | undefined;
  /**
   * To be called by a write once every check has passed, before the first change. With DryRun it throws
   * DryRunOperation; so a dry run goes through exactly the checks of the real call.
   */
  willChange(): void;
}

/** One operation of a service. Members that are neither accepted nor ignored are refused by name. */
export interface Operation<State extends object, Input = never, Output extends object = object> {
  readonly access: 'read' | 'write';
  /** Members that are simulated; `A.B` accepts only B inside A. */
  readonly accepts: readonly string[];
  /** Members that change nothing which the sandbox simulates. */
  readonly ignores?: readonly string[];
  /** Members whose ids are the resources of the IAM decision; `'*'` when the action has no resource level. */
  readonly resources?: readonly string[];
  run(context: OperationContext<State>, input: Input): Output;
}

/** A service: how it is found, how it talks, its state, and its operations. */
export interface ServiceDefinition<State extends object = object> {
  /** Key of its state and of its calls in the log. */
  readonly id: string;
  /** Names in the SigV4 credential scope. */
  readonly signingNames: readonly string[];
  /** API versions it answers to, where services share a signing name. */
  readonly versions?: readonly string[];
  /** The prefix of its IAM actions. */
  readonly iamPrefix: string;
  readonly protocol: Protocol;
  readonly scope: 'region' | 'account' | 'global';
  /** The SDK client's exports; loaded on the first call to the service. */
  loadSchemas(): Promise<Readonly<Record<string, unknown>>>;
  readonly operations: Readonly<Record<string, Operation<State>>>;
  initialState(location: Location, world: World): State;
  /** Brings time-dependent state up to `nowMs`; called before every access. */
  settle?(state: State, nowMs: number, world: World, location: Location): void;
  /** The ARN of a resource id, for IAM decisions. */
  resourceArn?(id: string, location: Location): string;
}
