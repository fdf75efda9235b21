import { CloudWatchLogs } from '@aws-sdk/client-cloudwatch-logs';
import { S3 } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createSandbox, type Sandbox } from '@net/aws-sandbox';
import { runProcess, type RunResult, startProcess, temporaryDirectory } from '@net/testing';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const program = fileURLToPath(new URL('../../bin/flowlogs.js', import.meta.url));
const folder = temporaryDirectory('flowlogs');
const file = path.join(folder, 'vpc.log');
const header =
  'version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status';
const lines = [
  '2 123456789010 eni-1235b8ca123456789 172.31.16.139 172.31.16.21 20641 22 6 20 4249 1418530010 1418530070 ACCEPT OK',
  '2 123456789010 eni-1235b8ca123456789 172.31.9.69 172.31.9.12 49761 3389 6 20 4249 1418530010 1418530070 REJECT OK',
  '2 123456789010 eni-1235b8ca123456789 172.31.16.21 172.31.16.139 22 20641 6 18 9000 1418530010 1418530070 ACCEPT OK',
];

const run = (...args: string[]): Promise<RunResult> => runProcess(process.execPath, [program, ...args]);
const pipe = (input: string | Uint8Array, ...args: string[]): Promise<RunResult> =>
  runProcess(process.execPath, [program, ...args], { input });

beforeAll(() => {
  writeFileSync(file, `${[header, ...lines].join('\n')}\n`);
  writeFileSync(path.join(folder, 'more.log.gz'), gzipSync(`${[header, lines[0]].join('\n')}\n`));
});

describe('what flowlogs-reader does', () => {
  test('print: all, some, as JSON, filtered, of a pipe', async () => {
    expect((await run('print', file)).stdout.trim().split('\n')).toEqual([header, ...lines]);
    expect((await run(file, '-n', '1')).stdout.trim().split('\n')).toEqual([header, lines[0]]);
    const json = await run('print', file, '-w', 'action=REJECT', '--json');
    expect(JSON.parse(json.stdout)).toMatchObject({
      srcaddr: '172.31.9.69',
      dstport: 3389,
      startMs: 1418530010000,
    });
    expect((await pipe(gzipSync(lines[0]!), 'print', '-')).stdout).toContain(lines[0]);
    expect((await pipe('10.0.0.1 443\n', '--fields', 'srcaddr dstport')).stdout).toContain('10.0.0.1 443');
  });

  test('ipset: every address once, in order', async () => {
    const { stdout } = await run('ipset', folder);
    expect(stdout.trim().split('\n')).toEqual([
      '172.31.9.12',
      '172.31.9.69',
      '172.31.16.21',
      '172.31.16.139',
    ]);
  });

  test('findip: records with an address', async () => {
    const { stdout } = await run('findip', '--ip', '172.31.9.12,10.0.0.1', file);
    expect(stdout.trim().split('\n')).toEqual([header, lines[1]]);
  });

  test('aggregate: the five-tuple, and any keys and measures', async () => {
    const { stdout } = await run('aggregate', file);
    expect(stdout.split('\n').slice(0, 2)).toEqual([
      'srcaddr\tdstaddr\tsrcport\tdstport\tprotocol\tfirst\tlast\tpackets\tbytes',
      '172.31.16.139\t172.31.16.21\t20641\t22\t6\t2014-12-14T04:06:50.000Z\t2014-12-14T04:07:50.000Z\t20\t4249',
    ]);
    const summed = await run('aggregate', folder, '--by', 'day', '--measure', 'records,bytes', '--json');
    expect(JSON.parse(summed.stdout)).toEqual({ day: '2014-12-14T00:00:00.000Z', records: 4, bytes: 21747 });
  });
});

describe('more', () => {
  test('top, connections and rejects', async () => {
    expect((await run('top', file, '--by', 'dstport', '-n', '1')).stdout).toMatch(
      /DSTPORT\s+BYTES[^\n]*\n20641\s+9000/,
    );
    const joined = JSON.parse((await run('connections', file, '--json')).stdout) as object[];
    expect(joined[0]).toMatchObject({
      client: '172.31.16.139',
      server: '172.31.16.21',
      serverport: 22,
      records: 2,
      'bytes-to-server': 4249,
      'bytes-to-client': 9000,
    });
    expect((await run('rejects', file)).stdout).toMatch(/172\.31\.9\.69\s+172\.31\.9\.12\s+3389/);
  });

  test('explain: every field in words, and who opened the connection', async () => {
    const { stdout } = await run('explain', lines[0]!);
    expect(stdout).toContain('IANA protocol number: TCP');
    expect(stdout).toContain('172.31.16.139:20641 opened the connection to 172.31.16.21:22');
    const bad = await run('explain', lines[0]!.replace('20641', 'http'));
    expect(bad.code).toBe(2);
    expect(bad.stderr).toContain('srcport');
  });

  test('convert: JSON, CSV, OCSF, and Parquet that reads back the same', async () => {
    expect((await run('convert', file, '--to', 'json')).stdout.trim().split('\n')).toHaveLength(3);
    const csv = (await run('convert', file, '--to', 'csv')).stdout.split('\n');
    expect(csv[0]).toBe(header.replaceAll(' ', ','));
    expect(csv[1]).toBe(lines[0]!.replaceAll(' ', ','));
    const ocsf = JSON.parse((await run('convert', file, '--to', 'ocsf')).stdout.split('\n')[1]!) as object;
    expect(ocsf).toMatchObject({
      class_uid: 4001,
      type_uid: 400106,
      action: 'Denied',
      src_endpoint: { ip: '172.31.9.69', port: 49761 },
    });
    const parquet = path.join(temporaryDirectory('parquet'), 'flows.parquet');
    expect((await run('convert', file, '--to', 'parquet', '-o', parquet)).code).toBe(0);
    expect((await run('print', parquet)).stdout).toBe((await run('print', file)).stdout);
    expect((await run('convert', file, '--to', 'parquet')).code).toBe(2);
  });

  test('generate: the same seed, the same log; and what reads it finds nothing wrong', async () => {
    const first = await run('generate', '-n', '200', '--seed', '7', '--fields', 'all');
    expect((await run('generate', '-n', '200', '--seed', '7', '--fields', 'all')).stdout).toBe(first.stdout);
    const checked = await pipe(first.stdout, 'doctor', '-', '--json');
    expect(checked.code).toBe(0);
    expect(JSON.parse(checked.stdout)).toMatchObject({ counters: { rejected: 0 }, duplicates: 0 });
  });

  test('doctor: what is wrong is exit 6, with advice', async () => {
    const bad = [
      header,
      lines[0],
      lines[0],
      'no record',
      `2 1 eni-1 - - - - - - - 1418530010 1418530070 - SKIPDATA`,
    ].join('\n');
    const { code, stdout } = await pipe(bad, 'doctor', '-');
    expect(code).toBe(6);
    expect(stdout).toContain('1 of 5 lines are no records; first: stdin:4:');
    expect(stdout).toContain('1 SKIPDATA lines');
    expect(stdout).toContain('1 records occur twice');
    expect(stdout).toContain('it cannot tell which way packets went');
  });

  test('tail: what is added to a file, once', async () => {
    const growing = path.join(temporaryDirectory('tail'), 'growing.log');
    writeFileSync(growing, `${header}\n${lines[0]}\n`);
    const tail = startProcess(process.execPath, [program, 'tail', growing, '--interval', '100ms', '--json']);
    try {
      await tail.waitFor(/"dstport":22,/);
      appendFileSync(growing, `${lines[1]!.slice(0, 30)}`);
      appendFileSync(growing, `${lines[1]!.slice(30)}\n`);
      await tail.waitFor(/"dstport":3389,/);
      expect(tail.output().stdout.trim().split('\n')).toHaveLength(2);
    } finally {
      expect(await tail.stop()).toMatchObject({ code: 143 });
    }
  });
});

describe('what cannot be', () => {
  test.each([
    [['print', 'none.log'], 3, 'there is no file none.log'],
    [['top', file, '--by', 'colour'], 2, 'colour'],
    [['print', file, '-w', 'dstport=http'], 2, 'http is no number or range'],
    [['print', file, '-s', 'yesterday'], 2, 'yesterday'],
    [['convert', file], 2, '--to'],
    [['print', `${file}`, 's3://bucket/x'], 3, 'one kind at a time'],
  ])('%j', async (args, code, words) => {
    const result = await run(...args);
    expect(result.stderr).toContain(words);
    expect(result.code).toBe(code);
    expect(result.stderr).not.toContain('    at ');
  });

  test('bad lines are told with their place and skipped; too many end it with 5', async () => {
    const input = `${header}\nhello\n${lines[0]}\n`;
    const lenient = await pipe(input, 'print', '-');
    expect(lenient.stderr).toContain('stdin:2:');
    expect(lenient.stdout).toContain(lines[0]);
    expect(lenient.code).toBe(0);
    expect((await pipe(input, 'print', '-', '--max-rejected', '0')).code).toBe(5);
    const cut = path.join(temporaryDirectory('cut'), 'cut.log.gz');
    writeFileSync(cut, readFileSync(path.join(folder, 'more.log.gz')).subarray(0, 60));
    expect((await run('top', cut)).code).toBe(5);
  });

  test('a reader that goes away ends it quietly', async () => {
    const big = path.join(temporaryDirectory('big'), 'big.log');
    writeFileSync(big, `${[header, ...Array.from({ length: 50_000 }, () => lines[0])].join('\n')}\n`);
    const { code, stderr } = await runProcess('/bin/sh', [
      '-c',
      `'${process.execPath}' '${program}' print '${big}' | head -n 1 >/dev/null`,
    ]);
    expect(stderr).toBe('');
    expect(code).toBe(0);
  });
});

describe('of AWS, against the sandbox', () => {
  let sandbox: Sandbox;
  let env: NodeJS.ProcessEnv;
  const region = 'eu-west-1';
  beforeAll(async () => {
    sandbox = await createSandbox();
    const { accessKeyId, secretAccessKey } = sandbox.credentials();
    env = {
      PATH: process.env['PATH'],
      HOME: '/nonexistent',
      AWS_ENDPOINT_URL: sandbox.endpoint,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      AWS_REGION: region,
      AWS_EC2_METADATA_DISABLED: 'true',
    };
    const logs = new CloudWatchLogs(sandbox.client(region));
    await logs.createLogGroup({ logGroupName: 'flows' });
    await logs.createLogStream({ logGroupName: 'flows', logStreamName: 'eni-1-all' });
    const timestamp = Date.now() - 60_000;
    const message = (at: number): string =>
      lines[at % 3]!.replace('1418530010', String(Math.floor(timestamp / 1000)));
    const logEvents = Array.from({ length: 30 }, (_, at) => ({ timestamp, message: message(at) }));
    await logs.putLogEvents({ logGroupName: 'flows', logStreamName: 'eni-1-all', logEvents });
    logs.destroy();
    const ec2 = sandbox.ec2(undefined, region);
    const vpcId = ec2.createVpc({ CidrBlock: '10.0.0.0/16' }).Vpc!.VpcId!;
    ec2.createFlowLogs({
      ResourceIds: [vpcId],
      ResourceType: 'VPC',
      TrafficType: 'ALL',
      LogGroupName: 'flows',
      DeliverLogsPermissionArn: 'arn:aws:iam::123456789012:role/flow-logs',
    });
    const s3 = new S3({ ...sandbox.client(region), forcePathStyle: true });
    await s3.createBucket({ Bucket: 'flow-logs', CreateBucketConfiguration: { LocationConstraint: region } });
    const day = new Date().toISOString().slice(0, 10).replaceAll('-', '/');
    const key = `AWSLogs/123456789012/vpcflowlogs/${region}/${day}/123456789012_vpcflowlogs_${region}_fl-1_20260101T0000Z_a.log.gz`;
    await s3.putObject({
      Bucket: 'flow-logs',
      Key: key,
      Body: gzipSync(`${[header, ...lines].join('\n')}\n`),
    });
    s3.destroy();
  });
  afterAll(() => sandbox.close());
  const aws = (...args: string[]): Promise<RunResult> =>
    runProcess(process.execPath, [program, ...args], { env });

  test('a log group, with the format of its flow log', async () => {
    const { stdout, code } = await aws(
      'aggregate',
      'cloudwatch:flows',
      '--by',
      'action',
      '--measure',
      'records',
    );
    expect(stdout.trim().split('\n').sort()).toEqual(['ACCEPT\t20', 'REJECT\t10', 'action\trecords']);
    expect(code).toBe(0);
    const other = await aws('print', 'none', '--location-type', 'cwl');
    expect(other.code).toBe(2);
    expect(other.stderr).toContain('no flow log of this account and region delivers into none');
  });

  test('a bucket', async () => {
    const { stdout, code } = await aws('print', 's3://flow-logs', '-w', 'action=REJECT');
    expect(stdout.trim().split('\n')).toEqual([header, lines[1]]);
    expect(code).toBe(0);
    const missing = await aws('print', 's3://none-such');
    expect(missing.code).not.toBe(0);
    expect(missing.stderr).toContain('s3:ListBucket');
  });

  test('tail of a log group gives each record once', async () => {
    const { stdout, code } = await aws(
      'tail',
      'cloudwatch:flows',
      '--looks',
      '3',
      '--interval',
      '100ms',
      '--json',
    );
    expect(stdout.trim().split('\n')).toHaveLength(30);
    expect(code).toBe(0);
  });

  test('a permission that is missing is named', async () => {
    const fault = sandbox.faults.add({ match: { action: 'FilterLogEvents' }, fault: { kind: 'deny' } });
    const { code, stderr } = await aws('print', 'cloudwatch:flows');
    fault.remove();
    expect(code).toBe(3);
    expect(stderr).toContain('logs:FilterLogEvents');
  });
});
