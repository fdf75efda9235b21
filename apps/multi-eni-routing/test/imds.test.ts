import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { runProcess, suite } from '@net/testing';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { readImdsFacts } from '../src/sources/imds.js';
import { createMetadataReader } from '../src/sources/metadata.js';
import { createScene, program, type Scene } from './scene.js';

const mac = '02:00:00:00:00:01';
const tree: Record<string, string> = {
  'network/interfaces/macs/': `${mac}/\n`,
  [`network/interfaces/macs/${mac}/`]:
    'device-number\nlocal-ipv4s\nipv6s\nipv4-prefix\nsubnet-ipv4-cidr-block\n',
  [`network/interfaces/macs/${mac}/local-ipv4s`]: '10.0.1.10\n10.0.1.11',
  [`network/interfaces/macs/${mac}/ipv6s`]: '2001:db8::10',
  [`network/interfaces/macs/${mac}/ipv4-prefix`]: '10.0.1.16/28',
  [`network/interfaces/macs/${mac}/subnet-ipv4-cidr-block`]: '10.0.1.0/24',
};

describe('facts of the instance metadata', () => {
  test('are read whole', async () => {
    const facts = await readImdsFacts((path) => Promise.resolve(tree[path]));
    expect(facts).toEqual({
      source: 'imds',
      authoritative: true,
      notes: [],
      enis: [
        {
          macAddress: mac,
          addresses: ['10.0.1.10', '10.0.1.11', '2001:db8::10'],
          prefixes: ['10.0.1.16/28'],
          subnets: ['10.0.1.0/24'],
          gateways: [],
        },
      ],
    });
  });

  test.each([
    ['silence', () => Promise.reject(new Error('no answer'))],
    ['404 on everything', () => Promise.resolve(undefined)],
    ['an empty list', () => Promise.resolve('')],
    ['a list of nonsense', (path: string) => Promise.resolve(path.endsWith('macs/') ? '<html>' : 'x')],
    [
      'an interface without addresses yet',
      (path: string) => Promise.resolve(path.endsWith('/local-ipv4s') ? '' : tree[path]),
    ],
    [
      'one path that fails',
      (path: string) =>
        path.endsWith('ipv4-prefix') ? Promise.reject(new Error('503')) : Promise.resolve(tree[path]),
    ],
    [
      'an address that is none',
      (path: string) => Promise.resolve(path.endsWith('ipv6s') ? '2001:db8::10\n$(id)' : tree[path]),
    ],
  ])('%s takes the authority from the answer', async (_, read) => {
    const facts = await readImdsFacts(read as never);
    expect(facts.authoritative).toBe(false);
    expect(facts.notes.length).toBeGreaterThan(0);
  });
});

suite('a host with instance metadata', ['netns', { command: 'flock' }], () => {
  let scene: Scene;
  let server: Server;
  let endpoint: string;
  let answers: Map<string, string>;
  let mode: 'good' | 'silent' | '404' | 'empty' = 'good';
  let tokens = 0;
  beforeAll(async () => {
    scene = createScene();
    server = createServer((request, response) => {
      if (mode === 'silent') return;
      if (request.method === 'PUT') {
        tokens += 1;
        response.end('token');
        return;
      }
      const path = (request.url ?? '').replace('/latest/meta-data/', '');
      const answer = mode === 'empty' ? '' : mode === '404' ? undefined : answers.get(path);
      response.statusCode =
        request.headers['x-aws-ec2-metadata-token'] !== 'token' ? 401 : answer === undefined ? 404 : 200;
      response.end(answer ?? '');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    scene.world.remove();
  });
  beforeEach(() => {
    mode = 'good';
    const links = JSON.parse(scene.world.exec(scene.world.host, 'ip', '-j', 'link')) as {
      ifname: string;
      address: string;
    }[];
    answers = new Map();
    const macs: string[] = [];
    for (const eni of scene.world.enis) {
      const address = links.find((link) => link.ifname === eni.name)!.address;
      macs.push(`${address}/`);
      const base = `network/interfaces/macs/${address}/`;
      const keys: Record<string, string[]> = {
        'local-ipv4s': eni.addresses.filter((text) => !text.includes(':')),
        ipv6s: eni.addresses.filter((text) => text.includes(':')),
        'ipv4-prefix': eni.prefixes.filter((text) => !text.includes(':')),
        'ipv6-prefix': eni.prefixes.filter((text) => text.includes(':')),
        'subnet-ipv4-cidr-block': [eni.subnets[0]!.replace('.1/', '.0/')],
      };
      const present = Object.entries(keys).filter(([, list]) => list.length > 0);
      answers.set(base, present.map(([key]) => key).join('\n'));
      for (const [key, list] of present) answers.set(base + key, list.join('\n'));
    }
    answers.set('network/interfaces/macs/', macs.join('\n'));
  });
  // Neither names nor prefixes are told: the metadata has both.
  const aimed = (): string[] => [
    '-n',
    scene.world.host,
    '--state-dir',
    scene.stateDirectory,
    '--source',
    'imds',
    '--imds-endpoint',
    endpoint,
    '--imds-timeout',
    '200ms',
  ];
  const tool = async (...args: string[]) => {
    return await runProcess(process.execPath, [
      program,
      ...args,
      ...aimed(),
      ...(args[0] === 'apply' ? ['--removal-interval', '10ms'] : []),
    ]);
  };
  const rules = (): string =>
    scene.world.exec(scene.world.host, 'ip', 'rule') + scene.world.exec(scene.world.host, 'ip', '-6', 'rule');

  test('finds interfaces by MAC address whatever their names, and delegated prefixes of both families', async () => {
    tokens = 0;
    expect(await tool('apply')).toMatchObject({ code: 0, stderr: '' });
    expect(rules()).toContain('11002:\tfrom 10.0.2.16/28 lookup 42002');
    expect(rules()).toContain('from 2001:db8:2:0:a::/80 lookup 42002');
    expect(rules()).toContain('from 10.0.3.10 lookup 42003');
    // One session token for the one reading.
    expect(tokens).toBe(1);
    expect(await tool('apply')).toMatchObject({ code: 0, stdout: '0 changes\n' });
  });

  test.each(['silent', '404', 'empty'] as const)('%s metadata removes nothing', async (bad) => {
    const before = rules();
    mode = bad;
    const result = await tool('apply');
    expect(result.code).toBe(0);
    expect(result.stderr).toMatch(/not confirmed by the source and left in place/);
    expect(rules()).toBe(before);
  });

  test('what the metadata does not name any more goes after three readings that agree', async () => {
    const key = [...answers.keys()].find((path) => path.endsWith('/ipv4-prefix'))!;
    answers.delete(key);
    const base = key.replace(/ipv4-prefix$/, '');
    answers.set(base, answers.get(base)!.replace('ipv4-prefix', ''));
    const once = await tool('apply', '--removal-readings', '3');
    expect(once.code).toBe(0);
    expect(rules()).not.toContain('10.0.2.16/28');
    expect(rules()).toContain('2001:db8:2:0:a::/80');
    await tool('flush');
    expect(rules()).not.toContain('proto 146');
  });

  test('the reader asks with a session token and gives up in time', async () => {
    const read = createMetadataReader({ endpoint, timeoutMs: 100 });
    expect(await read('network/interfaces/macs/')).toContain(':');
    expect(await read('no-such-thing')).toBeUndefined();
    mode = 'silent';
    await expect(read('network/interfaces/macs/')).rejects.toThrow('no answer within 100 ms');
  });
});
