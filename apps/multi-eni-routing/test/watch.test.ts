import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { type StartedProcess, suite, until } from '@net/testing';

import { type EchoServer, probe, startEchoServer } from '../src/demo/connections.js';
import { createScene, type Scene } from './scene.js';

// Only notices can wake it: the timer is an hour away.
const quiet = ['watch', '--interval', '1h', '--removal-interval', '50ms'];

suite('watch', ['netns', { command: 'flock' }], () => {
  let scene: Scene;
  let server: EchoServer;
  let first: string;
  let watching: StartedProcess;
  beforeAll(async () => {
    scene = createScene();
    first = scene.dump();
    server = await startEchoServer(scene.world.host, []);
  });
  afterAll(async () => {
    await server.stop();
    scene.world.remove();
  });
  beforeEach(async () => {
    watching = scene.start([...quiet, '-L', 'json', '--listen', '0']);
    await watching.waitFor(/watch\.listen/);
    await until('the first pass', () => rules().includes('10003:'));
  });
  afterEach(async () => {
    const ended = await watching.stop();
    expect(ended.code).not.toBe(1);
  });
  const rules = (): string => scene.world.exec(scene.world.host, 'ip', 'rule');
  const way = (source: string): string =>
    scene.world.exec(scene.world.host, 'ip', 'route', 'get', '198.51.100.7', 'from', source);

  test('a new interface is answered on as soon as the kernel tells of it', async () => {
    scene.world.attach({
      name: 'ens9',
      addresses: ['10.0.4.10', '2001:db8:4::10'],
      subnets: ['10.0.4.1/24', '2001:db8:4::1/64'],
      prefixes: [],
    });
    await until('the way out of ens9', () => way('10.0.4.10').includes('dev ens9'));
    const answers = await probe(scene.world.client, ['tcp/10.0.4.10', 'tcp/2001:db8:4::10'], 5_000);
    expect(Object.values(answers)).toEqual([true, true]);
  });

  test('a new address, a link that was down, rules that somebody removed', async () => {
    const { world } = scene;
    world.ip(world.host, 'address add 10.0.2.12/24 dev enX2\n');
    await until('a rule for the new address', () => rules().includes('from 10.0.2.12 lookup 42002'));
    world.ip(world.host, 'link set enX2 down\nlink set enX2 up\n');
    await until('the routes of the link', () =>
      world.exec(world.host, 'ip', 'route', 'show', 'table', '42002').includes('default'),
    );
    world.ip(world.host, 'rule flush protocol 146\n');
    await until('our rules again', () => rules().includes('10003:'));
    world.ip(world.host, 'address del 10.0.2.12/24 dev enX2\n');
    await until('the rule to go', () => !rules().includes('10.0.2.12'));
  });

  test('an interface that goes takes its rules with it, and the others keep their tables', async () => {
    const { world } = scene;
    world.attach({ name: 'ens8', addresses: ['10.0.8.10'], subnets: ['10.0.8.1/24'], prefixes: [] });
    await until('rules for ens8', () => rules().includes('10.0.8.10'));
    const before = rules()
      .split('\n')
      .filter((line) => !line.includes('10.0.8.10'));
    world.exec(world.host, 'ip', 'link', 'del', 'ens8');
    await until('the rules to go', () => !rules().includes('10.0.8.10'));
    expect(rules().split('\n')).toEqual(before);
  });

  test('metrics count, SIGTERM ends it, and what it made stays', async () => {
    const port = /"port":(\d+)/.exec(watching.output().stderr)![1]!;
    await until('a counted pass', async () => {
      const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
      return /multi_eni_routing_passes_total\{outcome="(un)?changed"\} \d+/.test(metrics);
    });
    expect((await fetch(`http://127.0.0.1:${port}/healthz`)).status).toBe(200);
    await watching.stop();
    expect(rules()).toContain('10003:');
  });

  test('afterwards flush leaves nothing', async () => {
    await watching.stop();
    await scene.run(['flush']);
    expect(rules()).not.toContain('proto 146');
    expect(first).not.toContain('42000');
  });
});
