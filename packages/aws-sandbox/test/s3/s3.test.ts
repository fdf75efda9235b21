import { NoSuchKey, S3 } from '@aws-sdk/client-s3';
import { SQS } from '@aws-sdk/client-sqs';
import { describe, expect, test } from '@jest/globals';
import { propertyOptions } from '@net/testing';
import fc from 'fast-check';
import { Agent } from 'node:http';
import type { LookupFunction } from 'node:net';
import { Readable } from 'node:stream';

import type { Sandbox } from '../../src/index.js';
import { openSandbox } from '../open-sandbox.js';

async function open(verifySignatures = true): Promise<{ readonly s3: S3; readonly sandbox: Sandbox }> {
  const sandbox = await openSandbox({ verifySignatures });
  const s3 = new S3({ ...sandbox.client(), maxAttempts: 1 });
  await s3.createBucket({ Bucket: 'logs' });
  return { s3, sandbox };
}

describe('S3', () => {
  test('objects come back as they went in, whole, in ranges, by condition', async () => {
    const { s3 } = await open();
    const body = Buffer.from('0123456789'.repeat(100));
    const { ETag } = await s3.putObject({
      Bucket: 'logs',
      Key: 'a b/ü?#.gz',
      Body: body,
      ContentType: 'text/plain',
      Metadata: { origin: 'test' },
    });
    const at = { Bucket: 'logs', Key: 'a b/ü?#.gz' };
    const whole = await s3.getObject(at);
    expect(Buffer.from(await whole.Body!.transformToByteArray()).equals(body)).toBe(true);
    expect(whole).toMatchObject({
      ETag,
      ContentType: 'text/plain',
      ContentLength: 1000,
      Metadata: { origin: 'test' },
    });
    const part = await s3.getObject({ ...at, Range: 'bytes=998-2000' });
    expect(part).toMatchObject({ ContentRange: 'bytes 998-999/1000', ContentLength: 2 });
    expect(await part.Body!.transformToString()).toBe('89');
    expect(await (await s3.getObject({ ...at, Range: 'bytes=-3' })).Body!.transformToString()).toBe('789');
    expect(await s3.headObject(at)).toMatchObject({ ContentLength: 1000, ETag });
    await expect(s3.getObject({ ...at, Range: 'bytes=1000-' })).rejects.toMatchObject({
      name: 'InvalidRange',
    });
    await expect(s3.getObject({ ...at, IfNoneMatch: ETag! })).rejects.toMatchObject({
      $metadata: { httpStatusCode: 304 },
    });
    await expect(s3.getObject({ ...at, IfMatch: '"x"' })).rejects.toMatchObject({
      name: 'PreconditionFailed',
    });
    await expect(s3.getObject({ ...at, Key: 'none' })).rejects.toBeInstanceOf(NoSuchKey);
    await expect(s3.headObject({ ...at, Key: 'none' })).rejects.toMatchObject({ name: 'NotFound' });
  });

  test('bodies of unknown length arrive in chunks', async () => {
    const { s3 } = await open();
    const chunks = Array.from({ length: 40 }, (_, i) => Buffer.alloc(5000, i));
    await s3.putObject({
      Bucket: 'logs',
      Key: 'stream',
      Body: Readable.from(chunks),
      ContentLength: 200_000,
    });
    const { Body, ContentEncoding } = await s3.getObject({ Bucket: 'logs', Key: 'stream' });
    expect(Buffer.from(await Body!.transformToByteArray()).equals(Buffer.concat(chunks))).toBe(true);
    expect(ContentEncoding).toBeUndefined();
  });

  test('listings agree with a plain model, whatever keys, pages, prefixes and delimiters', async () => {
    const { s3, sandbox } = await open(false);
    const keys = fc.uniqueArray(fc.stringMatching(/^[ab/é ]{1,6}$/), { maxLength: 25 });
    await fc.assert(
      fc.asyncProperty(
        keys,
        fc.stringMatching(/^[ab/]{0,2}$/),
        fc.constantFrom('', '/'),
        fc.integer({ min: 1, max: 5 }),
        async (given, prefix, delimiter, MaxKeys) => {
          sandbox.load({ ...sandbox.dump(), states: [] });
          await s3.createBucket({ Bucket: 'logs' });
          for (const Key of given) await s3.putObject({ Bucket: 'logs', Key, Body: 'x' });
          const found: string[] = [];
          const prefixes: string[] = [];
          let token: string | undefined;
          do {
            const page = await s3.listObjectsV2({
              Bucket: 'logs',
              Prefix: prefix,
              MaxKeys,
              ...(delimiter ? { Delimiter: delimiter } : {}),
              ...(token ? { ContinuationToken: token } : {}),
            });
            expect(page.KeyCount).toBeLessThanOrEqual(MaxKeys);
            found.push(...(page.Contents ?? []).map((one) => one.Key ?? ''));
            prefixes.push(...(page.CommonPrefixes ?? []).map((one) => one.Prefix ?? ''));
            token = page.NextContinuationToken;
          } while (token !== undefined);
          const matching = given
            .filter((key) => key.startsWith(prefix))
            .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
          const isFolded = (key: string): boolean => delimiter !== '' && key.indexOf('/', prefix.length) >= 0;
          const fold = (key: string): string => key.slice(0, key.indexOf('/', prefix.length) + 1);
          expect(found).toEqual(matching.filter((key) => !isFolded(key)));
          expect(prefixes).toEqual([...new Set(matching.filter(isFolded).map(fold))]);
        },
      ),
      propertyOptions(40),
    );
  });

  test('StartAfter skips, small pages are small', async () => {
    const { s3, sandbox } = await open();
    for (const Key of ['a', 'b', 'c', 'd']) await s3.putObject({ Bucket: 'logs', Key, Body: Key });
    expect((await s3.listObjectsV2({ Bucket: 'logs', StartAfter: 'b' })).Contents).toMatchObject([
      { Key: 'c' },
      { Key: 'd' },
    ]);
    sandbox.faults.add({ match: { service: 's3' }, fault: { kind: 'small-pages', size: 1 } });
    expect(await s3.listObjectsV2({ Bucket: 'logs' })).toMatchObject({ KeyCount: 1, IsTruncated: true });
  });

  test('a bucket belongs to an account and a region', async () => {
    const { s3, sandbox } = await open(false);
    await s3.putObject({ Bucket: 'logs', Key: 'k', Body: 'x' });
    const other = new S3({ ...sandbox.client('eu-west-1', '210987654321'), maxAttempts: 1 });
    await expect(other.getObject({ Bucket: 'logs', Key: 'k' })).rejects.toMatchObject({
      name: 'AccessDenied',
    });
    await expect(other.createBucket({ Bucket: 'logs' })).rejects.toMatchObject({
      name: 'BucketAlreadyExists',
    });
    sandbox.shareBucket('logs', ['210987654321']);
    expect(await (await other.getObject({ Bucket: 'logs', Key: 'k' })).Body!.transformToString()).toBe('x');
    const elsewhere = new S3({ ...sandbox.client('us-east-1'), maxAttempts: 1 });
    await expect(elsewhere.getObject({ Bucket: 'logs', Key: 'k' })).rejects.toMatchObject({
      $metadata: { httpStatusCode: 301 },
    });
    expect((await elsewhere.getBucketLocation({ Bucket: 'logs' })).LocationConstraint).toBe('eu-west-1');
    await expect(s3.headBucket({ Bucket: 'none' })).rejects.toMatchObject({ name: 'NotFound' });
  });

  test('the bucket may stand in the host name', async () => {
    const { sandbox } = await open();
    const lookup: LookupFunction = (_host, options, done) => {
      if (options.all) done(null, [{ address: '127.0.0.1', family: 4 }]);
      else done(null, '127.0.0.1', 4);
    };
    const virtual = new S3({
      ...sandbox.client(),
      endpoint: sandbox.endpoint.replace('127.0.0.1', 'localhost'),
      requestHandler: { httpAgent: new Agent({ lookup }) },
    });
    await virtual.putObject({ Bucket: 'logs', Key: 'dir/key', Body: 'virtual' });
    const { Body } = await virtual.getObject({ Bucket: 'logs', Key: 'dir/key' });
    expect(await Body!.transformToString()).toBe('virtual');
    virtual.destroy();
  });

  test('what is not simulated is refused by name', async () => {
    const { s3 } = await open();
    await expect(
      s3.putBucketVersioning({ Bucket: 'logs', VersioningConfiguration: {} }),
    ).rejects.toMatchObject({
      $metadata: { httpStatusCode: expect.any(Number) },
    });
    await expect(s3.listObjects({ Bucket: 'logs' })).rejects.toThrow();
  });

  test('queues are told of new objects under their prefix', async () => {
    const { s3, sandbox } = await open();
    const sqs = new SQS({ ...sandbox.client(), maxAttempts: 1 });
    const { QueueUrl } = await sqs.createQueue({ QueueName: 'new-files' });
    await s3.putBucketNotificationConfiguration({
      Bucket: 'logs',
      NotificationConfiguration: {
        QueueConfigurations: [
          {
            QueueArn: 'arn:aws:sqs:eu-west-1:123456789012:new-files',
            Events: ['s3:ObjectCreated:*'],
            Filter: { Key: { FilterRules: [{ Name: 'prefix', Value: 'AWSLogs/' }] } },
          },
        ],
      },
    });
    expect(await s3.getBucketNotificationConfiguration({ Bucket: 'logs' })).toMatchObject({
      QueueConfigurations: [
        { Events: ['s3:ObjectCreated:*'], Filter: { Key: { FilterRules: [{ Value: 'AWSLogs/' }] } } },
      ],
    });
    await s3.putObject({ Bucket: 'logs', Key: 'other', Body: 'x' });
    await s3.putObject({ Bucket: 'logs', Key: 'AWSLogs/a=b c', Body: 'x' });
    const { Messages } = await sqs.receiveMessage({ QueueUrl: QueueUrl!, MaxNumberOfMessages: 10 });
    const bodies = (Messages ?? []).map(
      (message) => JSON.parse(message.Body ?? '') as Record<string, unknown>,
    );
    expect(bodies).toMatchObject([
      { Event: 's3:TestEvent' },
      {
        Records: [
          {
            eventName: 'ObjectCreated:Put',
            s3: { bucket: { name: 'logs' }, object: { key: 'AWSLogs/a%3Db+c', size: 1 } },
          },
        ],
      },
    ]);
  });
});
