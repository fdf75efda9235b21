import type { Log } from '@net/cli';
import {
  type AwsError,
  createClient,
  createPacer,
  isAbort,
  openSession,
  partitionOfRegion,
  type Session,
  systemClock,
} from '@net/aws-core';
import { type AddressClasses, defaultFormat, type LogFormat } from '@net/flowlogs';
import {
  createBucketReader,
  createShardReader,
  type DirectionMode,
  inventoryLookup,
  type ShardReader,
} from '../ingest/index.js';
import { createInventoryHistory, readInventory } from '../inventory/index.js';
import { type Shard, shardKey } from '../model/index.js';
import { accountHosts, type Resolve, type SourceNames } from '../names/index.js';
import type { Store } from '../store/index.js';
import { VERSION } from '../version.js';
import type { TrackedAccount } from './account-book.js';
import type { OpenShard } from './track-shard.js';

/** How accounts are reached and what is read of them. */
export interface AwsShardOptions {
  readonly store: Store;
  readonly names: SourceNames;
  readonly classes: AddressClasses;
  readonly resolve: Resolve;
  readonly log: Log;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly profile: string | undefined;
  readonly endpointUrl: string | undefined;
  /** Undefined: with the credentials as they are. A name, or an ARN with `{account_id}`. */
  readonly role:
    | { readonly role: string; readonly sessionName: string; readonly externalId: string | undefined }
    | undefined;
  readonly source:
    | { readonly logGroup: string; readonly format: LogFormat | undefined; readonly overlapMs: number }
    | { readonly bucket: string; readonly prefix: string | undefined };
  readonly mode: DirectionMode;
  readonly lookBackMs: number;
  readonly inventoryMs: number;
}

/** Role lifetime of the original. */
const ROLE_SECONDS = 900;

/** The ARN of the role in an account. */
export function roleArnOf(role: string, shard: Shard): string {
  const text = role.replaceAll('{account_id}', shard.accountId);
  return text.startsWith('arn:')
    ? text
    : `arn:${partitionOfRegion(shard.region)}:iam::${shard.accountId}:role/${text}`;
}

/**
 * Opens a shard at AWS.
 *
 * @throws {AwsError} when its role cannot be assumed, or its interfaces cannot be read
 */
export async function openAwsShard(
  account: TrackedAccount,
  region: string,
  options: AwsShardOptions,
  signal: AbortSignal,
): Promise<OpenShard> {
  const { store, names, log, env, profile, endpointUrl, source } = options;
  const shard: Shard = { accountId: account.id, region };
  const { role } = options;
  const open = async (roles: Parameters<typeof openSession>[0]['roles']): Promise<Session> =>
    await openSession({
      app: { name: 'connection-tracker', version: VERSION },
      region,
      profile,
      endpointUrl,
      env,
      signal,
      roles,
    });
  const session = await open(
    role === undefined
      ? []
      : [
          {
            roleArn: roleArnOf(role.role, shard),
            sessionName: role.sessionName,
            externalId: role.externalId,
            durationSeconds: ROLE_SECONDS,
          },
        ],
  );
  const history = createInventoryHistory();
  const shared = {
    shard,
    store,
    names,
    classes: options.classes,
    endpoints: inventoryLookup(history),
    mode: options.mode,
    clock: systemClock,
    lookBackMs: options.lookBackMs,
  };
  let refreshedMs = -Infinity;
  let told = '';
  const refreshInventory = async (within: AbortSignal): Promise<void> => {
    if (performance.now() - refreshedMs < options.inventoryMs) return;
    const inventory = await readInventory({
      accountId: account.id,
      session,
      resolve: options.resolve,
      signal: within,
    });
    history.add(inventory);
    const { zones, databaseNames, shortfalls } = inventory;
    const key = shardKey(shard);
    names.setHosts(`hosts ${key}`, await accountHosts(account, region, zones, options.resolve, within));
    names.setHosts(`databases ${key}`, databaseNames);
    const words = shortfalls.join('; ');
    if (words !== told && words !== '') log.warn('inventory.shortfall', `${key}: poorer names: ${words}`);
    told = words;
    refreshedMs = performance.now();
  };
  const clients: { destroy(): void }[] = [];
  let reader: ShardReader;
  if ('bucket' in source) {
    const { openS3 } = await import('@net/flowlogs/s3');
    // The bucket is the company's: read with the credentials as they are.
    const s3 = await openS3(await open([]), env);
    clients.push(s3);
    reader = createBucketReader({
      ...shared,
      s3,
      ...source,
      onDamaged: (name, reason) =>
        log.error('object.damaged', `${name} is counted as far as it can be read: ${reason}`),
    });
  } else {
    const { CloudWatchLogsClient } = await import('@aws-sdk/client-cloudwatch-logs');
    const logs = await createClient(session, CloudWatchLogsClient, { retry: { retryThrottled: false } });
    clients.push(logs);
    reader = createShardReader({
      ...shared,
      logs,
      logGroup: source.logGroup,
      format: source.format ?? (await formatOf(session, source.logGroup, log, signal)),
      overlapMs: source.overlapMs,
      pacer: createPacer({ concurrency: 4 }),
    });
  }
  return {
    refresh: refreshInventory,
    reader,
    close: () => {
      for (const client of clients) client.destroy();
    },
  };
}

/** Lines in CloudWatch have no header. Where the flow log cannot be described, they are most likely as by default. */
async function formatOf(session: Session, group: string, log: Log, signal: AbortSignal): Promise<LogFormat> {
  const [{ EC2Client }, { formatOfGroup }] = await Promise.all([
    import('@aws-sdk/client-ec2'),
    import('@net/flowlogs/cloudwatch'),
  ]);
  const ec2 = await createClient(session, EC2Client);
  try {
    return (await formatOfGroup(ec2, group, signal)) ?? defaultFormat;
  } catch (error) {
    if (isAbort(error) || (error as AwsError).code !== 'NET_AWS_DENIED') throw error;
    log.warn('format.unknown', `the default format is taken for ${group}: ${(error as Error).message}`);
    return defaultFormat;
  } finally {
    ec2.destroy();
  }
}
