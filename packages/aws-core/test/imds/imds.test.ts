import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';

import type { ImdsListener, Sandbox } from '@net/aws-sandbox';
import { propertyOptions } from '@net/testing';

import {
  type ImdsClient,
  ImdsError,
  createImds,
  imdsEndpoint,
  readIdentity,
  readInterfaces,
  readNotices,
} from '../../src/imds/index.js';
import { openSandbox } from '../open-sandbox.js';
import { startServer } from '../raw-server.js';

interface World {
  readonly sandbox: Sandbox;
  readonly imds: ImdsListener;
  readonly ids: Readonly<Record<string, string>>;
}

async function world(host = '127.0.0.1'): Promise<World> {
  const sandbox = await openSandbox({ delays: { pendingMs: 0 } as never });
  const ids = sandbox.seed({
    regions: [
      {
        region: 'eu-west-1',
        vpcs: [
          {
            name: 'main',
            cidr: '10.0.0.0/16',
            ipv6: true,
            internetGateway: true,
            subnets: [{ name: 'a', cidr: '10.0.0.0/24' }],
            instances: [{ name: 'nat', subnet: 'a', publicIp: true }],
          },
        ],
      },
    ],
  });
  const ec2 = sandbox.ec2();
  const second = ec2.createNetworkInterface({ SubnetId: ids['a']!, Ipv4PrefixCount: 1 });
  const id = second.NetworkInterface?.NetworkInterfaceId ?? '';
  ec2.attachNetworkInterface({ NetworkInterfaceId: id, InstanceId: ids['nat']!, DeviceIndex: 1 });
  return { sandbox, ids, imds: await sandbox.attachImds(ids['nat']!, { host }) };
}

function client(endpoint: string, options: Parameters<typeof createImds>[0] = {}): ImdsClient {
  return createImds({ endpoint, env: {}, timeoutMs: 500, random: () => 0, ...options });
}

describe('identity and interfaces', () => {
  test('are typed', async () => {
    const { imds, ids } = await world();
    const metadata = client(imds.endpoint);
    const identity = await readIdentity(metadata);
    expect(identity).toMatchObject({
      instanceId: ids['nat'],
      region: 'eu-west-1',
      availabilityZone: 'eu-west-1a',
    });
    const interfaces = await readInterfaces(metadata);
    expect(interfaces).toHaveLength(2);
    const [first, second] = interfaces;
    expect(first).toMatchObject({
      mac: identity.mac,
      interfaceId: ids['nat/eni'],
      deviceNumber: 0,
      networkCard: 0,
      subnetId: ids['a'],
      vpcId: ids['main'],
      subnetIpv4Cidr: '10.0.0.0/24',
      vpcIpv4Cidrs: ['10.0.0.0/16'],
      ipv6s: [],
    });
    expect(first?.publicIpv4s).toEqual([
      { publicIp: expect.stringMatching(/^\d+\./), privateIps: first?.localIpv4s },
    ]);
    expect(second).toMatchObject({ deviceNumber: 1, publicIpv4s: [] });
    expect(second?.ipv4Prefixes).toHaveLength(1);
    metadata.close();
  });

  test('one token serves all questions', async () => {
    const { imds } = await world();
    const metadata = client(imds.endpoint);
    await readInterfaces(metadata);
    expect(imds.requests.filter((request) => request.method === 'PUT')).toHaveLength(1);
    metadata.close();
  });

  test('over IPv6', async () => {
    const { imds, ids } = await world('::1');
    const metadata = client(imds.endpoint);
    expect(metadata.endpoint).toContain('[::1]');
    expect((await readIdentity(metadata)).instanceId).toBe(ids['nat']);
    metadata.close();
  });

  test('from a source address', async () => {
    const seen: (string | undefined)[] = [];
    const url = await startServer((request, response) => {
      seen.push(request.socket.remoteAddress);
      response.end('text');
    });
    const metadata = client(url, { sourceAddress: '127.0.0.9' });
    await metadata.read('meta-data/ami-id');
    expect(new Set(seen)).toEqual(new Set(['127.0.0.9']));
    metadata.close();
    expect(() => client(url, { sourceAddress: 'eth0' })).toThrow(ImdsError);
  });
});

describe('outcomes', () => {
  test('absent, empty, silent, refused and failed are different', async () => {
    const { imds } = await world();
    const metadata = client(imds.endpoint, { timeoutMs: 100, attempts: 2 });
    const path = 'meta-data/ami-id';
    expect(await metadata.read('meta-data/no-such-thing')).toEqual({ kind: 'absent' });
    const outcomes = [];
    for (const kind of ['empty', 'silence', 'throttle', 'not-found'] as const) {
      const end = imds.fault({ kind, path: `/latest/${path}` });
      outcomes.push((await metadata.read(path)).kind);
      end();
    }
    const end = imds.fault({ kind: 'status', status: 403, path: `/latest/${path}` });
    outcomes.push((await metadata.read(path)).kind);
    end();
    expect(outcomes).toEqual(['empty', 'silent', 'failed', 'absent', 'refused']);
    expect(await metadata.text('meta-data/no-such-thing')).toBeUndefined();
    metadata.close();
  });

  test('silence of the token is silence, with a hint at the hop limit', async () => {
    const { imds } = await world();
    imds.fault({ kind: 'silence', path: '/latest/api/token' });
    const metadata = client(imds.endpoint, { timeoutMs: 50, attempts: 1 });
    await expect(metadata.text('meta-data/ami-id')).rejects.toMatchObject({
      code: 'NET_AWS_IMDS_SILENT',
      exitCode: 3,
      hint: expect.stringContaining('hop limit'),
    });
    metadata.close();
  });

  test('passing faults are waited out', async () => {
    const { imds } = await world();
    const metadata = client(imds.endpoint, { timeoutMs: 200 });
    imds.fault({ kind: 'throttle', times: 1 });
    imds.fault({ kind: 'throttle', path: '/latest/meta-data/*', times: 1 });
    expect((await metadata.read('meta-data/ami-id')).kind).toBe('found');
    metadata.close();
  });

  test('a token that is refused is renewed once', async () => {
    let tokens = 0;
    const url = await startServer((request, response) => {
      if (request.method === 'PUT') response.end(`token-${++tokens}`);
      else if (request.headers['x-aws-ec2-metadata-token'] === 'token-2') response.end('fine');
      else response.writeHead(401).end();
    });
    const metadata = client(url);
    expect(await metadata.read('meta-data/ami-id')).toEqual({ kind: 'found', text: 'fine' });
    expect(await metadata.read('meta-data/ami-id')).toEqual({ kind: 'found', text: 'fine' });
    expect(tokens).toBe(2);
    metadata.close();
  });

  test('a token is renewed before its end', async () => {
    let nowMs = 0;
    let tokens = 0;
    const url = await startServer((request, response) => {
      if (request.method === 'PUT') {
        tokens += 1;
        response.setHeader('x-aws-ec2-metadata-token-ttl-seconds', '10');
      }
      response.end('text');
    });
    const clock = { now: () => nowMs, sleep: () => Promise.resolve() };
    const metadata = client(url, { clock, tokenTtlSeconds: 10 });
    await metadata.read('a');
    nowMs = 7_900;
    await metadata.read('a');
    expect(tokens).toBe(1);
    nowMs = 8_000;
    await metadata.read('a');
    expect(tokens).toBe(2);
    metadata.close();
  });

  test('an abort ends a wait at once with its reason', async () => {
    const { imds } = await world();
    imds.fault({ kind: 'silence' });
    const metadata = client(imds.endpoint, { timeoutMs: 60_000 });
    const controller = new AbortController();
    const asked = metadata.read('meta-data/ami-id', controller.signal);
    controller.abort(new Error('enough'));
    await expect(asked).rejects.toThrow('enough');
    metadata.close();
  });

  test('whatever bytes the service answers with, the outcome is typed', async () => {
    let status = 200;
    let body: Uint8Array = new Uint8Array();
    const url = await startServer((request, response) => {
      if (request.method === 'PUT') response.end('token');
      else response.writeHead(status).end(body);
    });
    const metadata = client(url, { attempts: 1 });
    const text = fc.oneof(
      fc.string().map((value) => Buffer.from(value)),
      fc.uint8Array({ maxLength: 200 }),
      fc
        .constantFrom('{"action":1}', '{"action":"stop","time":"x"}', '02:00:00:00:00:01/', 'null', '[]')
        .map((value) => Buffer.from(value)),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(200, 200, 200, 201, 301, 400, 500),
        text,
        async (nextStatus, nextBody) => {
          status = nextStatus;
          body = nextBody;
          for (const read of [readIdentity, readInterfaces, readNotices]) {
            const error = await read(metadata).then(
              () => undefined,
              (thrown: unknown) => thrown,
            );
            if (error !== undefined) expect(error).toBeInstanceOf(ImdsError);
          }
        },
      ),
      propertyOptions(60),
    );
    metadata.close();
  });

  test('answers without an end are cut off', async () => {
    const url = await startServer((request, response) => {
      if (request.method === 'PUT') {
        response.end('token');
        return;
      }
      const pour = (): void => {
        while (!response.destroyed && response.write('x'.repeat(65_536))) continue;
        response.once('drain', pour);
      };
      pour();
    });
    const metadata = client(url, { timeoutMs: 5_000, attempts: 1 });
    expect(await metadata.read('user-data')).toMatchObject({
      kind: 'silent',
      why: expect.stringContaining('1 MiB'),
    });
    metadata.close();
  });
});

describe('notices', () => {
  test('are absent, then there', async () => {
    const { sandbox, imds, ids } = await world();
    const metadata = client(imds.endpoint);
    expect(await readNotices(metadata)).toEqual({
      spotAction: undefined,
      rebalanceAtMs: undefined,
      targetLifecycleState: undefined,
    });
    sandbox.ec2().setNotices(ids['nat']!, {
      spotAction: { action: 'terminate', atMs: 1_700_000_000_000 },
      rebalanceAtMs: 1_600_000_000_000,
      targetLifecycleState: 'Terminated',
    });
    expect(await readNotices(metadata)).toEqual({
      spotAction: { action: 'terminate', atMs: 1_700_000_000_000 },
      rebalanceAtMs: 1_600_000_000_000,
      targetLifecycleState: 'Terminated',
    });
    metadata.close();
  });
});

describe('endpoint', () => {
  test('by option, environment and mode', () => {
    expect(imdsEndpoint({}).origin).toBe('http://169.254.169.254');
    expect(imdsEndpoint({ AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE: 'IPv6' }).origin).toBe(
      'http://[fd00:ec2::254]',
    );
    const env = { AWS_EC2_METADATA_SERVICE_ENDPOINT: 'http://127.0.0.1:8080' };
    expect(imdsEndpoint(env).origin).toBe('http://127.0.0.1:8080');
    expect(imdsEndpoint(env, { endpoint: 'http://127.0.0.1:9' }).origin).toBe('http://127.0.0.1:9');
    expect(() => imdsEndpoint({ AWS_EC2_METADATA_SERVICE_ENDPOINT: 'nonsense' })).toThrow('not an address');
    expect(() => imdsEndpoint({ AWS_EC2_METADATA_DISABLED: 'TRUE' })).toThrow('forbids');
  });
});
