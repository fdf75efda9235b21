import type { SdkClient } from '../client/create-client.js';
import { iamActionsOf, iamPrefixOf, needsPermission } from './actions.js';
import { type PolicyDocument, policyDocument } from './policy.js';
import { resourcesOf } from './resources.js';

/** One permission that was needed, with the resources it was needed on where the call names them. */
export interface RecordedCall {
  readonly action: string;
  /** ARNs, in order; empty where the call names none. */
  readonly resources: readonly string[];
}

/** Collects what clients call. */
export interface CallRecorder {
  /** Permissions so far, by action, each action once with all its resources. */
  calls(): readonly RecordedCall[];
  /** How often each operation was called, `ec2:DescribeInstances` for one; retries are not counted. */
  counts(): Readonly<Record<string, number>>;
  /** The least policy for the calls so far; `*` for actions whose resources are not known. */
  policy(): PolicyDocument;
  /** Adds what a client calls from now on. Returns the client. */
  watch<C extends SdkClient>(client: C, place?: { readonly region: string; readonly accountId?: string }): C;
}

/** A recorder for any number of clients. */
export function createCallRecorder(): CallRecorder {
  const permissions = new Map<string, Set<string>>();
  const counts = new Map<string, number>();
  const note = (serviceId: string, operation: string, input: object, place: Place): void => {
    const members = input as Readonly<Record<string, unknown>>;
    const prefix = iamPrefixOf(serviceId);
    const name = `${prefix}:${operation}`;
    counts.set(name, (counts.get(name) ?? 0) + 1);
    const resources = resourcesOf(prefix, operation, members, place);
    iamActionsOf(serviceId, operation, members)
      .filter(needsPermission)
      .forEach((action, index) => {
        const known = permissions.get(action) ?? new Set();
        // Only the call's own permission is asked for on the resources that it names.
        if (index === 0) for (const resource of resources) known.add(resource);
        permissions.set(action, known);
      });
  };
  const recorder: CallRecorder = {
    calls: () =>
      [...permissions]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([action, resources]) => ({ action, resources: [...resources].sort() })),
    counts: () => Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1))),
    policy: () => leastPolicy(recorder.calls()),
    watch: (client, place) => {
      watch(client, (operation, input) => {
        note(client.config.serviceId, operation, input, {
          region: place?.region ?? '*',
          accountId: place?.accountId,
        });
      });
      return client;
    },
  };
  return recorder;
}

/** Records what one client calls; see {@link createCallRecorder}. */
export function recordCalls(
  client: SdkClient,
  place?: { readonly region: string; readonly accountId?: string },
): CallRecorder {
  const recorder = createCallRecorder();
  recorder.watch(client, place);
  return recorder;
}

/** The smallest policy that allows exactly these calls: one statement for each set of resources. */
export function leastPolicy(calls: readonly RecordedCall[]): PolicyDocument {
  const byResources = new Map<string, { resources: readonly string[]; actions: string[] }>();
  for (const { action, resources } of calls) {
    const list = resources.length === 0 ? ['*'] : resources;
    const key = list.join('\n');
    const group = byResources.get(key) ?? { resources: list, actions: [] };
    group.actions.push(action);
    byResources.set(key, group);
  }
  return policyDocument(
    [...byResources.values()].map(({ resources, actions }) => ({
      Effect: 'Allow',
      Action: [...new Set(actions)].sort(),
      Resource: resources,
    })),
  );
}

interface Place {
  readonly region: string;
  readonly accountId: string | undefined;
}

interface Stack {
  add(middleware: Middleware, options: object): void;
}

type Handler = (args: { readonly input: object }) => Promise<unknown>;
type Middleware = (next: Handler, context: { readonly commandName?: string }) => Handler;

function watch(client: SdkClient, note: (operation: string, input: object) => void): void {
  const stack = client.middlewareStack as Stack;
  stack.add(
    (next, context) => (args) => {
      note((context.commandName ?? 'Unknown').replace(/Command$/, ''), args.input);
      return next(args);
    },
    { step: 'initialize', priority: 'low', name: 'netRecordCalls' },
  );
}
