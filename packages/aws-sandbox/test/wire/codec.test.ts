import * as autoScaling from '@aws-sdk/client-auto-scaling';
import * as logs from '@aws-sdk/client-cloudwatch-logs';
import * as ec2 from '@aws-sdk/client-ec2';
import * as loadBalancing from '@aws-sdk/client-elastic-load-balancing-v2';
import * as sts from '@aws-sdk/client-sts';
import { describe, expect, test } from '@jest/globals';
import { propertyOptions } from '@net/testing';
import fc from 'fast-check';

import { jsonProtocol } from '../../src/wire/json-protocol.js';
import type { Protocol } from '../../src/wire/protocol.js';
import { ec2QueryProtocol, queryProtocol } from '../../src/wire/query-protocol.js';
import { type AnyShape, type OperationShape, operationShape } from '../../src/wire/shape.js';

const namespace = { xmlNamespace: 'http://example.test/doc/' };

const services = [
  { name: 'ec2', sdk: ec2, client: ec2.EC2Client, protocol: ec2QueryProtocol(namespace), runs: 400 },
  { name: 'sts', sdk: sts, client: sts.STSClient, protocol: queryProtocol(namespace), runs: 100 },
  {
    name: 'autoscaling',
    sdk: autoScaling,
    client: autoScaling.AutoScalingClient,
    protocol: queryProtocol(namespace),
    runs: 150,
  },
  {
    name: 'elbv2',
    sdk: loadBalancing,
    client: loadBalancing.ElasticLoadBalancingV2Client,
    protocol: queryProtocol(namespace),
    runs: 150,
  },
  {
    name: 'logs',
    sdk: logs,
    client: logs.CloudWatchLogsClient,
    protocol: jsonProtocol({ version: '1.1', targetPrefix: 'Logs_20140328' }),
    runs: 150,
  },
];

describe('what the SDK writes is read equal, and what is written the SDK reads equal', () => {
  test.each(services)('$name', async ({ sdk, client, protocol, runs }) => {
    const operations = shapesOf(sdk);
    const wire = new Wire(client as never, protocol);
    const arbitrary = fc.constantFrom(...operations).chain((shape) =>
      fc.record({
        shape: fc.constant(shape),
        input: valueOf(shape.input, 0),
        output: valueOf(shape.output, 0),
      }),
    );
    await fc.assert(
      fc.asyncProperty(arbitrary, async ({ shape, input, output }) => {
        const seen = await wire.exchange(sdk, shape, input as object, output as object);
        expect(seen.action).toBe(shape.name);
        expect(seen.unknown).toEqual([]);
        expect(seen.input).toEqual(asSent(shape.input, input, protocol.dialect));
        expect(seen.output).toEqual(asReceived(shape.output, output));
      }),
      propertyOptions(runs),
    );
  });
});

describe('single messages', () => {
  const shapes = new Map(shapesOf(ec2).map((shape) => [shape.name, shape]));

  test('fields that no member claims are reported', () => {
    const body = Buffer.from(
      'Action=CreateVpc&Version=2016-11-15&CidrBlock=10.0.0.0%2F16&Bogus=1&TagSpecification.1.Nope=2',
    );
    const { input, unknown } = ec2QueryProtocol(namespace).read(
      { method: 'POST', path: '/', query: '', headers: {}, body },
      shapes.get('CreateVpc')!,
    );
    expect(input).toEqual({ CidrBlock: '10.0.0.0/16', TagSpecifications: [{}] });
    expect(unknown).toEqual(['Bogus', 'TagSpecification.1.Nope']);
  });

  test.each(['MaxResults=abc', 'DryRun=maybe', 'VpcId.x=vpc-1'])('%s is malformed', (field) => {
    const body = Buffer.from(`Action=DescribeVpcs&${field}`);
    expect(() =>
      ec2QueryProtocol(namespace).read(
        { method: 'POST', path: '/', query: '', headers: {}, body },
        shapes.get('DescribeVpcs')!,
      ),
    ).toThrow(expect.objectContaining({ name: 'MalformedValue' }));
  });
});

interface AnyClient {
  send(command: unknown): Promise<Record<string, unknown>>;
}

class Wire {
  readonly #client: AnyClient;
  readonly #protocol: Protocol;
  #respond:
    | ((body: Buffer, headers: Record<string, string>) => { headers: Record<string, string>; body: string })
    | undefined;

  constructor(Client: new (settings: object) => AnyClient, protocol: Protocol) {
    this.#protocol = protocol;
    const handle = async (request: { body?: string | Uint8Array; headers: Record<string, string> }) => {
      const answer = this.#respond!(Buffer.from(request.body ?? ''), request.headers);
      return {
        response: { statusCode: 200, headers: answer.headers, body: new TextEncoder().encode(answer.body) },
      };
    };
    this.#client = new Client({
      region: 'eu-west-1',
      endpoint: 'http://127.0.0.1:1',
      credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
      requestHandler: { handle, httpHandlerConfigs: () => ({}), updateHttpClientConfig: () => undefined },
      streamCollector: async (body: Uint8Array) => body,
      maxAttempts: 1,
    });
  }

  async exchange(sdk: object, shape: OperationShape, input: object, output: object) {
    const seen: { action?: string | undefined; input?: object; unknown?: readonly string[] } = {};
    this.#respond = (body, headers) => {
      const request = { method: 'POST', path: '/', query: '', headers, body };
      seen.action = this.#protocol.action(request);
      Object.assign(seen, this.#protocol.read(request, shape));
      const response = this.#protocol.write(shape, output, 'request-1');
      return { headers: { ...response.headers }, body: response.body.toString() };
    };
    const Command = (sdk as Record<string, new (input: object) => unknown>)[`${shape.name}Command`]!;
    const { $metadata: _, ...received } = await this.#client.send(new Command(input));
    return { ...seen, output: received };
  }
}

function shapesOf(sdk: object): OperationShape[] {
  return Object.entries(sdk)
    .filter(([name]) => name.endsWith('$'))
    .map(([, schema]) => operationShape(schema))
    .filter((shape) => shape !== undefined)
    .filter(
      (shape) =>
        shape.name !== 'CopySnapshot' &&
        !hasStream(shape.input, new Set()) &&
        !hasStream(shape.output, new Set()),
    );
}

// CopySnapshot signs a URL of its own; event streams have a framing of their own.
function hasStream(shape: AnyShape, seen: Set<AnyShape>): boolean {
  if (seen.has(shape)) return false;
  seen.add(shape);
  if (shape.kind === 'list') return hasStream(shape.element, seen);
  if (shape.kind === 'map') return hasStream(shape.value, seen);
  if (shape.kind !== 'struct') return false;
  return shape.members.some(
    (member) => member.traits['streaming'] !== undefined || hasStream(member.shape(), seen),
  );
}

const text = fc
  .string({ unit: 'grapheme', maxLength: 12 })
  .map((value) => value.replace(/\p{C}/gu, '·').trim());
const key = fc.stringMatching(/^[A-Za-z_:.-]{1,8}$/).filter((name) => name !== '__proto__');

function valueOf(shape: AnyShape, depth: number): fc.Arbitrary<unknown> {
  switch (shape.kind) {
    case 'struct':
      return fc.record(
        Object.fromEntries(
          shape.members
            .filter((member) => depth < 5 || isScalar(member.shape()))
            .map((member) => [
              member.name,
              fc.option(fc.constant(undefined), { nil: undefined }).chain(() => lazily(member.shape, depth)),
            ]),
        ),
        { requiredKeys: [] },
      );
    case 'list':
      return fc.array(valueOf(shape.element, depth + 1), { maxLength: depth < 3 ? 3 : 1 });
    case 'map':
      return fc.dictionary(key, valueOf(shape.value, depth + 1), { maxKeys: 3 });
    case 'number':
      return fc.integer({ min: -1_000_000, max: 1_000_000 });
    case 'boolean':
      return fc.boolean();
    case 'timestamp':
      return fc.integer({ min: 0, max: 4_000_000_000 }).map((seconds) => new Date(seconds * 1000));
    case 'blob':
      return fc.uint8Array({ maxLength: 16 });
    case 'bigint':
      return fc.bigInt({ min: 0n, max: 1_000_000n });
    case 'unit':
      return fc.constant({});
    case 'document':
      return fc.constant({});
    default:
      return text;
  }
}

function lazily(shape: () => AnyShape, depth: number): fc.Arbitrary<unknown> {
  return valueOf(shape(), depth + 1);
}

function isScalar(shape: AnyShape): boolean {
  return shape.kind !== 'struct' && shape.kind !== 'list' && shape.kind !== 'map';
}

// The SDK leaves out what the form cannot hold: empty lists in EC2 queries, empty structures, missing tokens.
function asSent(shape: AnyShape, value: unknown, dialect: Protocol['dialect']): unknown {
  if (shape.kind === 'struct') {
    const result: Record<string, unknown> = {};
    for (const member of shape.members) {
      const given = (value as Record<string, unknown>)[member.name];
      if (given === undefined) {
        if (member.idempotencyToken) result[member.name] = expect.any(String);
        continue;
      }
      const sent = asSent(member.shape(), given, dialect);
      if (dialect !== 'json' && isNothing(member.shape(), sent, dialect)) continue;
      result[member.name] = sent;
    }
    return result;
  }
  if (shape.kind === 'list') {
    const items = (value as unknown[]).map((item) => asSent(shape.element, item, dialect));
    if (dialect === 'json') return items;
    const kept = items.filter((item) => !isNothing(shape.element, item, dialect));
    // An empty list is written as such; one of nothing but empty structures leaves no trace.
    return kept.length === 0 && items.length > 0 ? undefined : kept;
  }
  if (shape.kind === 'map') {
    return Object.fromEntries(
      Object.entries(value as object).map(([name, item]) => [name, asSent(shape.value, item, dialect)]),
    );
  }
  return value;
}

function isNothing(shape: AnyShape, value: unknown, dialect: Protocol['dialect']): boolean {
  if (value === undefined) return true;
  if (shape.kind === 'struct' || shape.kind === 'map') return Object.keys(value as object).length === 0;
  return shape.kind === 'list' && dialect === 'ec2-query' && (value as unknown[]).length === 0;
}

function asReceived(shape: AnyShape, value: unknown): unknown {
  return shape.kind === 'unit' ? {} : value;
}
