import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { suite } from '@net/testing';
import { readFileSync } from 'node:fs';

import { type EchoServer, probe, startEchoServer } from '../src/demo/connections.js';
import { worldAddresses } from '../src/demo/world.js';
import { createScene, hostAddresses, sabotage, type Scene } from './scene.js';

const targets = [
  ...hostAddresses.flatMap((a) => [`tcp/${a}`, `udp/${a}`]),
  `tcp/${worldAddresses.pod}`,
  `udp/${worldAddresses.pod}`,
];
const silent = (answers: Readonly<Record<string, boolean>>): string[] =>
  Object.keys(answers).filter((key) => !answers[key]);

suite('the proof in namespaces', ['netns', { command: 'nft' }, { command: 'iptables' }], () => {
  let scene: Scene;
  let servers: EchoServer[];
  let first: string;
  beforeAll(async () => {
    scene = createScene();
    first = scene.dump();
    servers = await Promise.all([
      startEchoServer(scene.world.host, hostAddresses),
      startEchoServer(scene.world.pod, [worldAddresses.pod]),
    ]);
  });
  afterAll(async () => {
    await Promise.all(servers.map((server) => server.stop()));
    scene.world.remove();
  });

  test('before, only the interface with the default route answers the internet', async () => {
    const answers = await probe(scene.world.client, targets, 1_000);
    const expected = targets.filter((text) => !/\/(10\.0\.1\.1[01]|2001:db8:1::1[01])$/.test(text));
    expect(silent(answers)).toEqual(expected);
  });

  test('after apply, every address answers over TCP and UDP, IPv4 and IPv6, from everywhere', async () => {
    const foreign = scene.foreignDump();
    const result = await scene.run(['apply']);
    expect(result).toMatchObject({ code: 0, stderr: '' });
    expect(scene.foreignDump()).toBe(foreign);
    expect(silent(await probe(scene.world.client, targets, 5_000))).toEqual([]);
    expect(silent(await probe(scene.world.peer, targets, 5_000))).toEqual([]);
    const inet = targets.filter((text) => !text.includes(':'));
    expect(silent(await probe(scene.world.container, inet, 5_000))).toEqual([]);
    expect(silent(await probe(scene.world.pod, inet, 5_000))).toEqual([]);
  });

  test('the order of the rules is right in every row, whatever the metrics of the main table', () => {
    const { world } = scene;
    const way = (source: string, destination: string): string =>
      / dev (\S+)/.exec(world.exec(world.host, 'ip', 'route', 'get', destination, 'from', source))![1]!;
    const rows: [string, string, string][] = [
      ['10.0.1.10', worldAddresses.container, 'docker0'],
      ['10.0.1.20', worldAddresses.container, 'docker0'],
      ['10.0.1.10', '10.0.1.77', 'ens5'],
      ['10.0.1.20', '10.0.1.77', 'ens6'],
      ['10.0.1.21', '10.0.1.77', 'ens6'],
      ['10.0.1.10', worldAddresses.client, 'ens5'],
      ['10.0.1.20', worldAddresses.client, 'ens6'],
      ['10.0.2.11', worldAddresses.client, 'enX2'],
      ['10.0.2.10', '10.0.1.77', 'enX2'],
      ['10.0.1.20', '10.0.2.77', 'ens6'],
      ['10.0.2.10', worldAddresses.pod, 'pods'],
      ['10.0.1.20', worldAddresses.pod, 'pods'],
      ['10.0.2.10', '10.0.2.77', 'enX2'],
      ['2001:db8:1::10', '2001:db8:1::77', 'ens5'],
      ['2001:db8:1::20', '2001:db8:1::77', 'ens6'],
      ['2001:db8:1::20', '2001:db8:2::77', 'ens6'],
      ['2001:db8:2::10', '2001:db8:1::77', 'enX2'],
      ['2001:db8:2::10', worldAddresses.client6, 'enX2'],
      ['2001:db8:3::10', worldAddresses.client6, "odd#'4"],
    ];
    const check = (): void =>
      expect(rows.map(([source, destination]) => [source, destination, way(source, destination)])).toEqual(
        rows,
      );
    check();
    const forwarded = world.exec(
      world.host,
      'ip',
      'route',
      'get',
      worldAddresses.client,
      'from',
      worldAddresses.pod,
      'iif',
      'pods',
    );
    expect(forwarded).toContain('dev enX2');
    // The second interface of the subnet now wins in the main table.
    world.ip(
      world.host,
      'route del 10.0.1.0/24 dev ens5\nroute add 10.0.1.0/24 dev ens5 proto kernel scope link src 10.0.1.10 metric 100\nroute replace default via 10.0.2.1 dev enX2\n',
    );
    check();
    world.ip(
      world.host,
      'route del 10.0.1.0/24 dev ens5 metric 100\nroute prepend 10.0.1.0/24 dev ens5 proto kernel scope link src 10.0.1.10\nroute replace default via 10.0.1.1 dev ens5\n',
    );
    check();
  });

  test('the second run changes nothing and starts no process that writes', async () => {
    const before = scene.dump();
    const { path, log } = sabotage(0, 'never');
    const result = await scene.run(['apply'], { PATH: path });
    expect(result).toMatchObject({ code: 0, stdout: '0 changes\n' });
    expect(readFileSync(log, 'utf8')).toBe('');
    expect(scene.dump()).toBe(before);
  });

  test('status, explain and plan say what is', async () => {
    const status = await scene.run(['status', '--json']);
    expect(status.code).toBe(0);
    expect(JSON.parse(status.stdout)).toMatchObject({
      state: 'as wanted',
      differences: 0,
      interfaces: [{ name: 'ens5' }, { name: 'ens6' }, { name: 'enX2' }, { name: "odd#'4" }],
    });
    const right = await scene.run(['explain', '10.0.1.20', worldAddresses.client]);
    expect(right).toMatchObject({ code: 0 });
    expect(right.stdout).toContain('right: leaves on ens6 via 10.0.1.1');
    const plan = await scene.run(['plan', '--json']);
    expect(JSON.parse(plan.stdout)).toMatchObject({ actions: [], conflicts: [] });
  });

  test('drift is put right by the next run', async () => {
    const before = scene.dump();
    scene.world.exec(scene.world.host, 'ip', 'rule', 'del', 'pref', '10001', 'from', '10.0.1.20');
    scene.world.exec(scene.world.host, 'ip', 'route', 'del', 'default', 'table', '42002');
    expect((await scene.run(['status'])).code).toBe(1);
    expect((await scene.run(['apply'])).stdout).toContain('2 changes applied');
    const sorted = (text: string): string[] => text.split('\n').sort();
    expect(sorted(scene.dump())).toEqual(sorted(before));
  });

  test('flush brings back every dump byte by byte, and the silence', async () => {
    const result = await scene.run(['-f']);
    expect(result).toMatchObject({ code: 0, stderr: '' });
    expect(scene.dump()).toBe(first);
    expect(
      silent(
        await probe(scene.world.client, ['tcp/10.0.2.10', 'tcp/2001:db8:2::10', 'tcp/10.0.1.10'], 1_000),
      ),
    ).toEqual(['tcp/10.0.2.10', 'tcp/2001:db8:2::10']);
    expect(await scene.run(['flush'])).toMatchObject({ code: 0, stdout: 'removed 0 items\n' });
  });
});
