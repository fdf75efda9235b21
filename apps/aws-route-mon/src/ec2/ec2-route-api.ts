import type {
  DescribeInstancesCommandInput,
  DescribeNetworkInterfacesCommandInput,
  DescribeRouteTablesCommandInput,
  EC2Client,
} from '@aws-sdk/client-ec2';
import {
  type CallRecorder,
  type Session,
  allItems,
  categorize,
  createClient,
  toAwsError,
} from '@net/aws-core';
import type { Destination } from '../model/destination.js';
import type { InstanceDetails, RouteApi, RouteWrite } from '../observe/route-api.js';
import { readInstance, readInterface, readStatus, readTable } from './read-answers.js';
import { targetInput } from './target-input.js';

/** The API of a session, and the end of its connections. */
export interface Ec2RouteApi extends RouteApi {
  close(): void;
  /** Calls so far by operation; retries by the SDK are not counted. */
  counts(): Readonly<Record<string, number>>;
}

/** What an API may be given besides its session. */
export interface Ec2RouteApiOptions {
  /** Records what permissions the calls need. */
  readonly recorder?: CallRecorder;
  /** How long one call is tried; milliseconds. Default 20,000. */
  readonly budgetMs?: number;
  /** Of one attempt. Default 5,000. */
  readonly timeoutMs?: number;
}

/** The EC2 API of a session, by the SDK, which is loaded here and not before. */
export async function openEc2RouteApi(
  session: Session,
  options: Ec2RouteApiOptions = {},
): Promise<Ec2RouteApi> {
  const sdk = await import('@aws-sdk/client-ec2');
  const { budgetMs = 20_000, timeoutMs = 5_000, recorder } = options;
  const timeouts = { requestTimeoutMs: timeoutMs, connectTimeoutMs: Math.min(timeoutMs, 3_000) };
  const retry = { totalMs: budgetMs, baseDelayMs: 50, maxDelayMs: 5_000, attempts: 8 };
  const reader: EC2Client = await createClient(session, sdk.EC2Client, {
    ...timeouts,
    retry,
    retryMode: 'standard',
  });
  // Throttled writes are seen by the pacer, so that it can keep to the rate.
  const writer: EC2Client = await createClient(session, sdk.EC2Client, {
    ...timeouts,
    retryMode: 'standard',
    retry: { ...retry, retryThrottled: false },
  });
  const counts = new Map<string, number>();
  const place = { region: session.region };
  recorder?.watch(reader, place);
  recorder?.watch(writer, place);

  const call = async <T>(operation: string, work: () => Promise<T>): Promise<T> => {
    counts.set(operation, (counts.get(operation) ?? 0) + 1);
    try {
      return await work();
    } catch (error) {
      throw toAwsError(error, { action: `ec2:${operation}` });
    }
  };

  const write = async (operation: string, isDryRun: boolean, send: () => Promise<unknown>): Promise<void> => {
    try {
      await call(operation, send);
    } catch (error) {
      if (isDryRun && categorize(error).category === 'dry-run') return;
      throw error;
    }
  };

  const describeInstances = async (
    input: DescribeInstancesCommandInput,
    signal?: AbortSignal,
  ): Promise<readonly InstanceDetails[]> =>
    await call('DescribeInstances', async () => {
      const reservations = await allItems(
        sdk.paginateDescribeInstances,
        reader,
        input,
        (page) => page.Reservations,
        { signal },
      );
      return reservations.flatMap(({ Instances = [] }) => Instances.flatMap(readInstance));
    });

  return {
    close: () => {
      reader.destroy();
      writer.destroy();
    },
    counts: () => Object.fromEntries(counts),

    describeTables: async (query, signal) => {
      const inputs: DescribeRouteTablesCommandInput[] =
        query.kind === 'vpc'
          ? [{ Filters: [{ Name: 'vpc-id', Values: [query.vpcId] }] }]
          : chunks(query.ids).map((ids) => ({ Filters: [{ Name: 'route-table-id', Values: ids }] }));
      return await call('DescribeRouteTables', async () => {
        const pages = await Promise.all(
          inputs.map((input) =>
            allItems(sdk.paginateDescribeRouteTables, reader, input, (page) => page.RouteTables, {
              signal,
              pageSize: 100,
            }),
          ),
        );
        return pages.flat().map(readTable);
      });
    },

    describeInterfaces: async (ids, signal) => {
      // A filter, not a list of ids: one that is gone must not fail the call for the others.
      const inputs: DescribeNetworkInterfacesCommandInput[] = chunks(ids).map((some) => ({
        Filters: [{ Name: 'network-interface-id', Values: some }],
      }));
      return await call('DescribeNetworkInterfaces', async () => {
        const pages = await Promise.all(
          inputs.map((input) =>
            allItems(sdk.paginateDescribeNetworkInterfaces, reader, input, (page) => page.NetworkInterfaces, {
              signal,
            }),
          ),
        );
        return pages.flat().map(readInterface);
      });
    },

    describeInstances: async (query, signal) => {
      if (query.kind === 'tag') {
        return await describeInstances(
          { Filters: [{ Name: `tag:${query.key}`, Values: [literal(query.value)] }] },
          signal,
        );
      }
      const found = await Promise.all(
        chunks(query.ids).map((ids) =>
          describeInstances({ Filters: [{ Name: 'instance-id', Values: ids }] }, signal),
        ),
      );
      return found.flat();
    },

    describeStatusChecks: async (ids, signal) =>
      await call('DescribeInstanceStatus', async () => {
        const answers = await Promise.all(
          // "Maximum 100 explicitly specified instance IDs" (DescribeInstanceStatus, EC2 API reference).
          chunks(ids, 100).map((InstanceIds) =>
            reader.send(
              new sdk.DescribeInstanceStatusCommand({ InstanceIds, IncludeAllInstances: true }),
              signal ? { abortSignal: signal } : {},
            ),
          ),
        );
        return answers.flatMap(({ InstanceStatuses = [] }) => InstanceStatuses.map(readStatus));
      }),

    createRoute: async (asked) =>
      await write('CreateRoute', asked.isDryRun, () =>
        writer.send(new sdk.CreateRouteCommand(inputOf(asked))),
      ),

    replaceRoute: async (asked) =>
      await write('ReplaceRoute', asked.isDryRun, () =>
        writer.send(new sdk.ReplaceRouteCommand(inputOf(asked))),
      ),

    disableSourceDestCheck: async (interfaceId, { isDryRun }) =>
      await write('ModifyNetworkInterfaceAttribute', isDryRun, () =>
        writer.send(
          new sdk.ModifyNetworkInterfaceAttributeCommand({
            NetworkInterfaceId: interfaceId,
            SourceDestCheck: { Value: false },
            ...(isDryRun ? { DryRun: true } : {}),
          }),
        ),
      ),
  };
}

function inputOf({ tableId, destination, to, isDryRun }: RouteWrite): {
  readonly RouteTableId: string;
  readonly DryRun?: true;
} {
  return {
    RouteTableId: tableId,
    ...destinationInput(destination),
    ...targetInput(to),
    ...(isDryRun ? { DryRun: true as const } : {}),
  };
}

function destinationInput({ kind, value }: Destination): Readonly<Record<string, string>> {
  if (kind === 'ipv4') return { DestinationCidrBlock: value };
  return kind === 'ipv6' ? { DestinationIpv6CidrBlock: value } : { DestinationPrefixListId: value };
}

// A filter takes at most 200 values ("Filtering", EC2 API reference).
function chunks(ids: readonly string[], size = 200): string[][] {
  return Array.from({ length: Math.ceil(ids.length / size) }, (_, index) =>
    ids.slice(index * size, index * size + size),
  );
}

// Filter values know wildcards; a backslash takes their meaning away.
function literal(value: string): string {
  return value.replaceAll(/[\\*?]/g, (character) => `\\${character}`);
}
