import type { Destination } from '../model/destination.js';
import type { RouteTable, RouteTarget } from '../model/route-table.js';
import type { InstanceFacts, InterfaceFacts } from '../model/snapshot.js';

/** Which tables are asked for: by their ids, or all of a VPC. */
export type TableQuery =
  | { readonly kind: 'ids'; readonly ids: readonly string[] }
  | { readonly kind: 'vpc'; readonly vpcId: string };

/** Which instances are asked for: by their ids (those that are not there are left out), or by a tag. */
export type InstanceQuery =
  | { readonly kind: 'ids'; readonly ids: readonly string[] }
  | { readonly kind: 'tag'; readonly key: string; readonly value: string };

/** An instance with what makes it a peer. */
export interface InstanceDetails {
  readonly id: string;
  readonly state: string | undefined;
  readonly tags: Readonly<Record<string, string>>;
  readonly interfaces: readonly {
    readonly id: string;
    readonly deviceIndex: number | undefined;
    readonly attachmentStatus: string | undefined;
    readonly sourceDestCheck: boolean | undefined;
  }[];
}

/** A write to one route. */
export interface RouteWrite {
  readonly tableId: string;
  readonly destination: Destination;
  readonly to: RouteTarget;
  /** The API checks permission and parameters, and changes nothing. */
  readonly isDryRun: boolean;
}

/**
 * The part of the EC2 API that a monitor uses. Calls reject with errors that `categorize` of @net/aws-core knows; a
 * write whose answer was lost rejects with `AwsUncertainWriteError` and was not repeated.
 */
export interface RouteApi {
  /** Every page; ids that do not exist are left out. */
  describeTables(query: TableQuery, signal?: AbortSignal): Promise<readonly RouteTable[]>;
  describeInterfaces(ids: readonly string[], signal?: AbortSignal): Promise<readonly InterfaceFacts[]>;
  describeInstances(query: InstanceQuery, signal?: AbortSignal): Promise<readonly InstanceDetails[]>;
  /** Status checks of instances that exist. */
  describeStatusChecks(ids: readonly string[], signal?: AbortSignal): Promise<readonly InstanceFacts[]>;
  createRoute(write: RouteWrite, signal?: AbortSignal): Promise<void>;
  replaceRoute(write: RouteWrite, signal?: AbortSignal): Promise<void>;
  disableSourceDestCheck(
    interfaceId: string,
    options: { readonly isDryRun: boolean },
    signal?: AbortSignal,
  ): Promise<void>;
}
