import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { EC2 } from '@aws-sdk/client-ec2';
import { afterEach, describe, expect, test } from '@jest/globals';
import { type StartedProcess, runProcess, startProcess, temporaryDirectory } from '@net/testing';

import type { Seed } from '../src/index.js';

const bin = fileURLToPath(new URL('../bin/aws-sandbox.js', import.meta.url));

const seed: Seed = {
  regions: [
    {
      region: 'eu-west-1',
      vpcs: [
        {
          name: 'main',
          cidr: '10.0.0.0/16',
          internetGateway: true,
          subnets: [
            { name: 'public', cidr: '10.0.0.0/24' },
            { name: 'private', cidr: '10.0.1.0/24', zone: 'b' },
          ],
          instances: [{ name: 'nat-a', subnet: 'public', sourceDestCheck: false, profile: 'nat' }],
          routeTables: [
            { name: 'out', main: true, routes: [{ to: '0.0.0.0/0', via: 'igw' }] },
            { name: 'inside', subnets: ['private'], routes: [{ to: '0.0.0.0/0', via: 'nat-a' }] },
          ],
        },
      ],
    },
  ],
};

const directory = temporaryDirectory('aws-sandbox');
const running: StartedProcess[] = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map((started) => started.stop()));
});

function serve(...args: string[]): StartedProcess {
  const started = startProcess(process.execPath, [bin, '--port', '0', ...args]);
  running.push(started);
  return started;
}

async function file(name: string, content: unknown): Promise<string> {
  const path = join(directory, name);
  await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

describe('aws-sandbox', () => {
  test('serves a seed and metadata, and writes a dump that can be served again', async () => {
    const world = await file('world.json', seed);
    const dump = join(directory, 'dump.json');
    const first = serve('--seed', world, '--imds', 'nat-a', '--json', '--dump-on-exit', dump);
    await first.waitFor(/\n/);
    const started = JSON.parse(first.output().stdout);
    const settings = {
      region: 'eu-west-1',
      credentials: { accessKeyId: started.accessKeyId, secretAccessKey: started.secretAccessKey },
    };
    const client = new EC2({ ...settings, endpoint: started.endpoint });
    const { RouteTables: tables } = await client.describeRouteTables({ RouteTableIds: [started.ids.inside] });
    expect(tables?.[0]?.Routes?.at(-1)).toMatchObject({ InstanceId: started.ids['nat-a'], State: 'active' });
    expect((await fetch(`${started.imds[0].endpoint}/latest/meta-data/`)).status).toBe(401);
    expect((await first.stop()).code).toBe(0);
    expect(JSON.parse(await readFile(dump, 'utf8'))).toMatchObject({ format: 'net-aws-sandbox/1' });
    const second = serve('--seed', dump);
    const [, endpoint] = await second.waitFor(/AWS_ENDPOINT_URL=(\S+)/);
    const again = new EC2({ ...settings, endpoint: endpoint ?? '' });
    expect((await again.describeVpcs({})).Vpcs).toHaveLength(1);
  });

  test.each([
    [['--port', '70000'], 'port'],
    [['--account', '12'], 'twelve digits'],
    [['--bogus'], 'bogus'],
    [['--seed', '/nonexistent/x.json'], 'cannot be read'],
    [['--port', '0', '--imds', 'i-12345678'], 'there is no instance'],
  ])('%j is a usage error', async (args, text) => {
    const { code, stderr, stdout } = await runProcess(process.execPath, [bin, ...args]);
    expect({
      code,
      stdout,
      lines: stderr
        .trim()
        .split('\n')
        .filter((line) => line.startsWith('aws-sandbox:')).length,
    }).toEqual({
      code: 2,
      stdout: '',
      lines: 1,
    });
    expect(stderr).toContain(text);
  });

  test.each([
    ['{', 'not JSON'],
    ['{}', 'neither a dump'],
    [{ regions: [{ vpcs: [] }] }, 'regions[0].region'],
    [{ regions: [{ region: 'eu-west-1', vpcs: [{ name: 'x', cidr: 'nonsense' }] }] }, 'regions[0].vpcs[0]'],
    [
      {
        regions: [
          {
            region: 'eu-west-1',
            vpcs: [{ name: 'x', cidr: '10.0.0.0/16', instances: [{ name: 'i', subnet: 'gone' }] }],
          },
        ],
      },
      'nothing is called gone',
    ],
    [{ format: 'other/1' }, 'no dump'],
  ])('the world file %j is refused with its place', async (content, text) => {
    const { code, stderr } = await runProcess(process.execPath, [
      bin,
      '--port',
      '0',
      '--seed',
      await file('bad.json', content),
    ]);
    expect(stderr).toContain(text);
    expect(code).toBe(2);
  });

  test('a taken port is a missing prerequisite', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    const { code, stderr } = await runProcess(process.execPath, [bin, '--port', String(port)]);
    expect(stderr).toContain('EADDRINUSE');
    expect(code).toBe(3);
    await new Promise((resolve) => server.close(resolve));
  });
});
