import type { S3Client } from '@aws-sdk/client-s3';
import { toAwsError } from '@net/aws-core';
import type { DoneObjects } from './done-objects.js';
import type { LogObject } from './log-object.js';

/** Which objects of a bucket. */
export interface BucketSelection {
  readonly bucket: string;
  /** What stands before `AWSLogs/`, without a slash at its end. Default: nothing. */
  readonly prefix?: string | undefined;
  /** Default: all there are. */
  readonly accountIds?: readonly string[] | undefined;
  readonly regions?: readonly string[] | undefined;
  /** UTC days, milliseconds since 1970; both included. */
  readonly fromMs: number;
  readonly toMs: number;
}

export interface ListOptions {
  /** Objects that were read before are left out. */
  readonly done?: DoneObjects | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** An object with the day of its folder. */
export interface ListedObject extends LogObject {
  /** `YYYY-MM-DD`. */
  readonly day: string;
}

const DAY_MS = 86_400_000;

/**
 * Lists the flow-log objects of some days: daily or hourly folders, plain or Hive ones, whichever are there. Only the
 * folders of these days are listed, so that the size of the bucket does not matter.
 *
 * @throws {AwsError} with the call that failed
 */
export async function* listObjects(
  client: S3Client,
  selection: BucketSelection,
  { done, signal }: ListOptions = {},
): AsyncGenerator<ListedObject, undefined> {
  const { bucket, prefix = '', accountIds, regions, fromMs, toMs } = selection;
  const root = `${prefix === '' ? '' : `${prefix.replace(/\/+$/, '')}/`}AWSLogs/`;
  const lister = createLister(client, bucket, signal);
  for (const account of await lister.folders(root)) {
    const hive = account.startsWith('aws-account-id=');
    const accountId = hive ? account.slice('aws-account-id='.length) : account;
    if (!/^\d{12}$/.test(accountId) || (accountIds && !accountIds.includes(accountId))) continue;
    const service = `${root}${account}/${hive ? 'aws-service=vpcflowlogs' : 'vpcflowlogs'}/`;
    for (const folder of await lister.folders(service)) {
      const region = hive ? folder.replace(/^aws-region=/, '') : folder;
      if (regions && !regions.includes(region)) continue;
      for (let dayMs = Math.floor(fromMs / DAY_MS) * DAY_MS; dayMs <= toMs; dayMs += DAY_MS) {
        const day = new Date(dayMs).toISOString().slice(0, 10);
        const [year, month, date] = day.split('-');
        const path = hive ? `year=${year}/month=${month}/day=${date}/` : `${year}/${month}/${date}/`;
        for await (const object of lister.objects(`${service}${folder}/${path}`)) {
          if (done?.has(object, day) !== true) yield { ...object, day };
        }
      }
    }
  }
}

/** Lists what lies below a prefix that is none of AWS's folders: copies, exports, tests. */
export async function* listPrefix(
  client: S3Client,
  bucket: string,
  prefix: string,
  { done, signal }: ListOptions = {},
): AsyncGenerator<ListedObject, undefined> {
  for await (const object of createLister(client, bucket, signal).objects(prefix)) {
    const day = '0000-00-00';
    if (done?.has(object, day) !== true) yield { ...object, day };
  }
}

interface Lister {
  folders(prefix: string): Promise<readonly string[]>;
  objects(prefix: string): AsyncGenerator<LogObject, void>;
}

function createLister(client: S3Client, bucket: string, signal: AbortSignal | undefined): Lister {
  const pages = async function* (prefix: string, delimiter?: string) {
    const { paginateListObjectsV2 } = await import('@aws-sdk/client-s3');
    const input = {
      Bucket: bucket,
      Prefix: prefix,
      ...(delimiter === undefined ? {} : { Delimiter: delimiter }),
    };
    try {
      for await (const page of paginateListObjectsV2(
        { client },
        input,
        signal ? { abortSignal: signal } : {},
      )) {
        signal?.throwIfAborted();
        yield page;
      }
    } catch (error) {
      throw toAwsError(error, { action: 's3:ListBucket' });
    }
  };
  return {
    folders: async (prefix) => {
      const names: string[] = [];
      for await (const { CommonPrefixes } of pages(prefix, '/'))
        for (const each of CommonPrefixes ?? []) names.push((each.Prefix ?? '').slice(prefix.length, -1));
      return names;
    },
    objects: async function* (prefix) {
      // A folder that a console made is an object without content.
      for await (const { Contents } of pages(prefix))
        for (const { Key: key, Size: size } of Contents ?? [])
          if (key !== undefined && !key.endsWith('/')) yield { bucket, key, size };
    },
  };
}
