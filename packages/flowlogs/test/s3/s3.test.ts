import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { SQS } from '@aws-sdk/client-sqs';
import { S3 } from '@aws-sdk/client-s3';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  createSandbox,
  type Sandbox,
  type TrafficTruth,
  type VirtualClock,
  virtualClock,
} from '@net/aws-sandbox';
import { propertyOptions } from '@net/testing';
import fc from 'fast-check';
import { parquetWriteBuffer } from 'hyparquet-writer';
import {
  DoneObjects,
  type ListedObject,
  listObjects,
  listPrefix,
  readKey,
  readNotice,
  objectBatches,
  readObject,
  readObjects,
  receiveNotices,
} from '../../src/s3/index.js';
import { columnOf } from '../../src/scan/columns.js';

const REGION = 'eu-west-1';
const BUCKET = 'flow-logs';
const START_MS = Date.UTC(2026, 0, 1, 22);
const HOUR = 3_600_000;

let clock: VirtualClock;
let sandbox: Sandbox;
let s3: S3Client;
beforeEach(async () => {
  clock = virtualClock(START_MS);
  sandbox = await createSandbox({ clock });
  s3 = new S3Client({ ...sandbox.client(REGION), forcePathStyle: true, maxAttempts: 1 });
  const admin = new S3({ ...sandbox.client(REGION), forcePathStyle: true });
  await admin.createBucket({ Bucket: BUCKET, CreateBucketConfiguration: { LocationConstraint: REGION } });
  admin.destroy();
});
afterEach(async () => {
  s3.destroy();
  await sandbox.close();
});

function deliver(options: { hive?: boolean; hourly?: boolean; prefix?: string } = {}): TrafficTruth {
  const ec2 = sandbox.ec2(undefined, REGION);
  const vpcId = ec2.createVpc({ CidrBlock: '10.0.0.0/16' }).Vpc!.VpcId!;
  const gateway = ec2.createInternetGateway({}).InternetGateway!.InternetGatewayId!;
  ec2.attachInternetGateway({ InternetGatewayId: gateway, VpcId: vpcId });
  const subnet = ec2.createSubnet({ VpcId: vpcId, CidrBlock: '10.0.0.0/24' }).Subnet!.SubnetId!;
  const eni = ec2.createNetworkInterface({ SubnetId: subnet }).NetworkInterface!.NetworkInterfaceId!;
  ec2.associateAddress({
    AllocationId: ec2.allocateAddress({ Domain: 'vpc' }).AllocationId!,
    NetworkInterfaceId: eni,
  });
  ec2.createFlowLogs({
    ResourceIds: [vpcId],
    ResourceType: 'VPC',
    TrafficType: 'ALL',
    LogDestinationType: 's3',
    LogDestination: `arn:aws:s3:::${BUCKET}${options.prefix === undefined ? '' : `/${options.prefix}`}`,
    DestinationOptions: {
      FileFormat: 'plain-text',
      HiveCompatiblePartitions: options.hive === true,
      PerHourPartition: options.hourly === true,
    },
  });
  return sandbox.generateTraffic(
    { startMs: START_MS, endMs: START_MS + 3 * HOUR, connections: 150, lateShare: 0.2, lateMs: 600_000 },
    undefined,
    REGION,
  );
}

const days = { bucket: BUCKET, fromMs: START_MS, toMs: START_MS + 6 * HOUR };

async function records(objects: AsyncIterable<ListedObject>, done?: DoneObjects): Promise<number> {
  let total = 0;
  await readObjects(
    s3,
    objects,
    { columns: ['bytes'], onDone: (object) => done?.add(object, object.day) },
    (batch) => (total += batch.rows),
  );
  return total;
}

describe('folders', () => {
  test.each([{}, { hive: true }, { hourly: true }, { hive: true, hourly: true }, { prefix: 'logs/vpc' }])(
    '%j: every record is read, once over many listings',
    async (options) => {
      const truth = deliver(options);
      const selection = { ...days, ...(options.prefix === undefined ? {} : { prefix: options.prefix }) };
      let kept = {};
      let total = 0;
      for (let hour = 0; hour < 5; hour++) {
        clock.advance(HOUR);
        const done = new DoneObjects(kept);
        total += await records(listObjects(s3, selection, { done }), done);
        // As a program would: through its store.
        kept = JSON.parse(JSON.stringify(done)) as object;
      }
      expect(total).toBe(truth.records);
    },
  );

  test('only accounts and regions that are asked for', async () => {
    deliver();
    clock.advance(5 * HOUR);
    expect(await records(listObjects(s3, { ...days, accountIds: ['000000000000'] }))).toBe(0);
    expect(await records(listObjects(s3, { ...days, regions: ['us-east-1'] }))).toBe(0);
    expect(await records(listObjects(s3, { ...days, fromMs: 0, toMs: HOUR }))).toBe(0);
    expect(await records(listPrefix(s3, BUCKET, 'AWSLogs/'))).toBeGreaterThan(0);
  });

  test('the folders of other days are not listed', async () => {
    deliver();
    clock.advance(5 * HOUR);
    sandbox.calls.clear();
    await records(listObjects(s3, days));
    const prefixes = sandbox.calls.list({ action: 'ListObjectsV2' }).map(({ params }) => params['Prefix']);
    expect(prefixes).toHaveLength(4);
  });
});

test('a failure of an object is told and the others are read', async () => {
  deliver();
  clock.advance(5 * HOUR);
  await s3.send(
    new PutObjectCommand({
      Bucket: BUCKET,
      Key: 'AWSLogs/damaged.log.gz',
      Body: Buffer.from([31, 139, 8, 0, 1]),
    }),
  );
  const failed: string[] = [];
  let done = 0;
  await readObjects(
    s3,
    listPrefix(s3, BUCKET, 'AWSLogs/'),
    { columns: ['bytes'], onDone: () => void (done += 1), onFailure: ({ key }) => void failed.push(key) },
    () => undefined,
  );
  expect(failed).toEqual(['AWSLogs/damaged.log.gz']);
  expect(done).toBeGreaterThan(5);
  await expect(
    readObject(
      s3,
      { bucket: BUCKET, key: 'AWSLogs/damaged.log.gz', size: 5 },
      { columns: ['bytes'] },
      () => undefined,
    ),
  ).rejects.toMatchObject({ code: 'NET_FLOWLOGS_DAMAGED' });
  await expect(
    readObject(s3, { bucket: BUCKET, key: 'none', size: 5 }, { columns: ['bytes'] }, () => undefined),
  ).rejects.toMatchObject({ code: 'NET_AWS_NOT_FOUND' });
});

test('an object in batches one by one', async () => {
  const truth = deliver({});
  clock.advance(6 * HOUR);
  let rows = 0;
  let counted = 0;
  for await (const object of listObjects(s3, days))
    for await (const batch of objectBatches(s3, object, {
      columns: ['bytes'],
      onCounters: ({ records: of }) => (counted += of),
    }))
      rows += batch.rows;
  expect([rows, counted]).toEqual([truth.records, truth.records]);
  const missing = objectBatches(s3, { bucket: BUCKET, key: 'none', size: 5 }, { columns: ['bytes'] });
  await expect(missing.next()).rejects.toMatchObject({ code: 'NET_AWS_NOT_FOUND' });
});

test('of Parquet only the parts of the wanted columns are fetched', async () => {
  const rows = 250_000;
  const file = parquetWriteBuffer({
    columnData: [
      {
        name: 'srcaddr',
        data: Array.from({ length: rows }, (_, row) => `10.0.${row % 250}.7`),
        type: 'STRING',
      },
      { name: 'bytes', data: Array.from({ length: rows }, (_, row) => BigInt(row)), type: 'INT64' },
      {
        name: 'instance_id',
        data: Array.from({ length: rows }, (_, row) => `i-${row.toString(16).padStart(17, '0')}`),
        type: 'STRING',
      },
    ],
  });
  const key = 'AWSLogs/123456789012_vpcflowlogs_eu-west-1_fl-1_20260101T2200Z_x.log.parquet';
  await s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: key, Body: new Uint8Array(file) }));
  sandbox.calls.clear();
  let sum = 0;
  await readObject(s3, { bucket: BUCKET, key, size: undefined }, { columns: ['bytes'] }, (batch) => {
    const { values } = columnOf(batch, 'bytes', 'double');
    for (let row = 0; row < batch.rows; row++) sum += values[row]!;
  });
  expect(sum).toBe((rows * (rows - 1)) / 2);
  const fetched = sandbox.calls
    .list({ action: 'GetObject' })
    .map(({ params }) => /bytes=(\d+)-(\d+)/.exec(String(params['Range'])))
    .reduce((total, match) => total + Number(match?.[2]) - Number(match?.[1]) + 1, 0);
  expect(fetched).toBeLessThan(file.byteLength * 0.75);
  const whole = await s3.send(new GetObjectCommand({ Bucket: BUCKET, Key: key }));
  expect(whole.ContentLength).toBe(file.byteLength);
  (whole.Body as { destroy?: () => void } | undefined)?.destroy?.();
});

describe('notifications', () => {
  test('objects come by the queue; a message that is not acknowledged comes again', async () => {
    const sqs = new SQS(sandbox.client(REGION));
    const admin = new S3({ ...sandbox.client(REGION), forcePathStyle: true });
    try {
      const { QueueUrl: queueUrl = '' } = await sqs.createQueue({
        QueueName: 'flow-logs',
        Attributes: { VisibilityTimeout: '30' },
      });
      const { Attributes } = await sqs.getQueueAttributes({
        QueueUrl: queueUrl,
        AttributeNames: ['QueueArn'],
      });
      await admin.putBucketNotificationConfiguration({
        Bucket: BUCKET,
        NotificationConfiguration: {
          QueueConfigurations: [{ QueueArn: Attributes?.['QueueArn'], Events: ['s3:ObjectCreated:*'] }],
        },
      });
      const truth = deliver();
      clock.advance(5 * HOUR);
      await records(listPrefix(s3, BUCKET, 'none/'));
      let total = 0;
      let failures = 0;
      for (let round = 0; round < 60; round++) {
        const notices = await receiveNotices(sqs, { queueUrl, waitMs: 0 });
        if (notices.length === 0 && round > 20) break;
        for (const notice of notices) {
          // Every fifth time the program fails before it has kept anything.
          if (round % 5 === 0) {
            failures += 1;
            continue;
          }
          await readObjects(s3, notice.objects, { columns: ['bytes'] }, (batch) => (total += batch.rows));
          await notice.acknowledge();
        }
        clock.advance(31_000);
      }
      expect(failures).toBeGreaterThan(0);
      expect(total).toBe(truth.records);
    } finally {
      sqs.destroy();
      admin.destroy();
    }
  });

  test('events of S3, by SNS and by EventBridge', () => {
    const record = {
      eventName: 'ObjectCreated:Put',
      s3: { bucket: { name: 'b' }, object: { key: 'a%3Db+c', size: 7 } },
    };
    const direct = JSON.stringify({ Records: [record] });
    const wanted = [{ bucket: 'b', key: 'a=b c', size: 7 }];
    expect(readNotice(direct)).toEqual(wanted);
    expect(readNotice(JSON.stringify({ Type: 'Notification', Message: direct }))).toEqual(wanted);
    const bridge = {
      'detail-type': 'Object Created',
      detail: { bucket: { name: 'b' }, object: { key: 'a=b c', size: 7 } },
    };
    expect(readNotice(JSON.stringify(bridge))).toEqual(wanted);
    expect(readNotice(JSON.stringify({ Event: 's3:TestEvent' }))).toEqual([]);
    expect(
      readNotice(JSON.stringify({ Records: [{ ...record, eventName: 'ObjectRemoved:Delete' }] })),
    ).toEqual([]);
    expect(readNotice('hello')).toBeUndefined();
  });

  test('any body is read or refused', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json(),
          fc.array(fc.jsonValue()).map((Records) => JSON.stringify({ Records })),
        ),
        (body) => {
          const objects = readNotice(body);
          expect(objects === undefined || Array.isArray(objects)).toBe(true);
        },
      ),
      propertyOptions(500),
    );
  });
});

test('what a key says', () => {
  const name = '123456789012_vpcflowlogs_us-east-1_fl-1234abcd_20180620T1620Z_fe123456.log.gz';
  expect(readKey(`AWSLogs/123456789012/vpcflowlogs/us-east-1/2018/06/20/${name}`)).toEqual({
    accountId: '123456789012',
    region: 'us-east-1',
    flowLogId: 'fl-1234abcd',
    collectedAtMs: Date.UTC(2018, 5, 20, 16, 20),
    isParquet: false,
  });
  expect(readKey(name.replace('.log.gz', '.log.parquet'))).toMatchObject({ isParquet: true });
  expect(readKey('AWSLogs/notes.txt')).toBeUndefined();
});
