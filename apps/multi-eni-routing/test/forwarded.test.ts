import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { suite } from '@net/testing';

import { type EchoServer, probe, startEchoServer } from '../src/demo/connections.js';
import { worldAddresses } from '../src/demo/world.js';
import { createScene, type Scene } from './scene.js';

suite('forwarded traffic', ['netns', { command: 'nft' }], () => {
  let scene: Scene;
  let first: string;
  const servers: EchoServer[] = [];
  beforeAll(async () => {
    scene = createScene({ hostRpFilter: 2 });
    const { world } = scene;
    // Ports of the container published on every interface, as Docker does.
    world.exec(
      world.host,
      'iptables',
      '-t',
      'nat',
      '-A',
      'PREROUTING',
      '!',
      '-i',
      'docker0',
      '-p',
      'tcp',
      '--dport',
      '7000',
      '-j',
      'DNAT',
      '--to',
      `${worldAddresses.container}:7000`,
    );
    // Somebody else's mark lives in other bits of the connection mark.
    world.exec(
      world.host,
      'nft',
      'add table ip other; add chain ip other pre { type filter hook prerouting priority -151; }; add rule ip other pre ct state new ct mark set 0x7',
    );
    first = scene.dump();
    servers.push(
      await startEchoServer(world.container, []),
      await startEchoServer(world.client, [worldAddresses.client]),
    );
  });
  afterAll(async () => {
    await Promise.all(servers.map((server) => server.stop()));
    scene.world.remove();
  });
  const published = ['tcp/10.0.1.10', 'tcp/10.0.1.20', 'tcp/10.0.2.10', 'tcp/10.0.3.10'];

  test('published ports answer on secondary interfaces only with --connmark', async () => {
    await scene.run(['apply']);
    expect(await probe(scene.world.client, published, 1_000)).toEqual({
      'tcp/10.0.1.10': true,
      'tcp/10.0.1.20': false,
      'tcp/10.0.2.10': false,
      'tcp/10.0.3.10': false,
    });
    expect((await scene.run(['apply', '--connmark'])).stderr).toBe('');
    const answers = await probe(scene.world.client, published, 5_000);
    expect(Object.values(answers)).toEqual([true, true, true, true]);
    expect(await scene.run(['status', '--connmark'])).toMatchObject({ code: 0 });
    expect((await scene.run(['apply', '--connmark'])).stdout).toBe('0 changes\n');
  });

  test('only the bits of the mask are used', () => {
    const ruleset = scene.world.exec(scene.world.host, 'nft', 'list', 'table', 'inet', 'multi_eni_routing');
    expect(ruleset).toMatch(
      /ct mark & 0x00ff0000 == 0x00000000 ct mark set ct mark & 0xff01ffff \| 0x00010000/,
    );
    const rules = scene.world.exec(scene.world.host, 'ip', 'rule');
    expect(rules).toMatch(/9995:\tfrom all fwmark 0x10000\/0xff0000 lookup 42000 proto 146/);
  });

  test('a neighbour in the shared subnet is answered on the interface it asked', async () => {
    const answers = await probe(scene.world.peer, ['tcp/10.0.1.10', 'tcp/10.0.1.20'], 5_000);
    expect(Object.values(answers)).toEqual([true, true]);
  });

  test('a table of ours that somebody changed is made anew', async () => {
    scene.world.exec(scene.world.host, 'nft', 'flush chain inet multi_eni_routing output');
    expect((await scene.run(['status', '--connmark'])).code).toBe(1);
    expect((await scene.run(['apply', '--connmark'])).stdout).toContain('nft: replace-nft-table');
    expect((await scene.run(['status', '--connmark'])).code).toBe(0);
  });

  test('strangers are masqueraded only when asked for', async () => {
    const outside = [`tcp/${worldAddresses.client}`, `udp/${worldAddresses.client}`];
    expect(Object.values(await probe(scene.world.container, outside, 1_000))).toEqual([false, false]);
    expect((await scene.run(['apply', '--connmark', '--masquerade'])).code).toBe(0);
    expect(Object.values(await probe(scene.world.container, outside, 5_000))).toEqual([true, true]);
  });

  test('without the options the table goes, and flush leaves nothing', async () => {
    await scene.run(['apply', '--removal-interval', '0s']);
    expect(scene.world.exec(scene.world.host, 'nft', 'list', 'tables')).not.toContain('multi_eni_routing');
    await scene.run(['flush']);
    expect(scene.dump()).toBe(first);
  });
});
