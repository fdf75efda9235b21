import type { OperationContext } from '../service/definition.js';
import type { Ec2State } from './state.js';

type Sdk = typeof import('@aws-sdk/client-ec2');
/** Names of the operations that the SDK knows. */
export type SdkOperationName = {
  [Name in keyof Sdk]: Name extends `${infer Operation}Command` ? Operation : never;
}[keyof Sdk];

/** Input of an operation, as the SDK types it. */
export type InputOf<Name extends SdkOperationName> = InstanceType<Sdk[`${Name}Command`]>['input'];

/** Output of an operation, as the SDK types it, without the client's own metadata. */
export type OutputOf<Name extends SdkOperationName> =
  ReturnType<InstanceType<Sdk[`${Name}Command`]>['resolveMiddleware']> extends (
    ...request: never[]
  ) => Promise<{ readonly output: infer Output }>
    ? Omit<Output, '$metadata'>
    : never;

export type Ec2Context = OperationContext<Ec2State>;

/** Operations by name, inputs and outputs typed by the SDK. */
export type Ec2Operations<Names extends SdkOperationName> = {
  readonly [Name in Names]: Ec2Operation<InputOf<Name>, OutputOf<Name>>;
};

/** One EC2 operation; members are checked against the SDK's input type. */
export interface Ec2Operation<Input, Output> {
  readonly access: 'read' | 'write';
  readonly accepts: readonly MemberPath<Input>[];
  readonly ignores?: readonly MemberPath<Input>[];
  readonly resources?: readonly Extract<keyof Input, string>[];
  run(context: Ec2Context, input: Input): Output;
}

type MemberPath<Input> = Extract<keyof Input, string> | `${Extract<keyof Input, string>}.${string}`;
