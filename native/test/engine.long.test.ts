import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { runProcess, suite, testSeed } from '@net/testing';
import { type Cable, createCable, startHost } from './engine/appliance.js';
import { startStandalone } from './engine/standalone.js';
import { buildCore } from './programs.js';

const needs = [
  'root',
  'netns',
  'tun',
  { command: 'tc' },
  { command: 'ethtool', install: 'ethtool' },
  { command: 'cmake' },
  { command: 'g++' },
] as const;
const kinds = 'udp4,udp6,tcp4,tcp6,icmp4,icmp6,sctp4,sctp6,gre4,gre6,fragment4,fragment6';
const clean = { lost: 0, duplicated: 0, crossed: 0, innerWrong: 0, outerWrong: 0, foreign: 0 };
const options = '--sizes 128,512,1400 --same-tuples --odd-headers --both-directions';

suite('the thread sanitizer', [...needs], () => {
  let folder = '';
  let cable: Cable;
  beforeAll(async () => {
    folder = await buildCore('tsan', 'thread');
    cable = await createCable();
  }, 600_000);
  afterAll(() => cable.remove());

  test('finds nothing in the core under its own tests', async () => {
    const env = {
      ...process.env,
      GENEVE_VECTORS: `${folder}/vectors`,
      NET_TEST_SEED: String(testSeed()),
      NET_TEST_FACTOR: '5',
    };
    const result = await runProcess(`${folder}/core_tests`, [], { env });
    expect(result.stderr).toBe('');
    expect(result.code).toBe(0);
  });

  test('finds nothing in the engine on two lanes under every kind of packet', async () => {
    const engine = await startStandalone(cable, folder, '--lanes 2');
    const load = await cable.load(
      `--count 300000 --window 128 --flows 20000 --endpoints 16 --mix ${kinds} ${options}`,
    );
    const end = await engine.stop();
    expect(end.stderr).not.toMatch(/Sanitizer|runtime error/);
    expect(end.code).toBe(0);
    expect(load).toMatchObject(clean);
  });
});

suite('ten million packets', [...needs], () => {
  let cable: Cable;
  beforeAll(async () => {
    cable = await createCable();
  }, 600_000);
  afterAll(() => cable.remove());

  test('each comes back with its own header, none lost, none crossed', async () => {
    const lanes = [
      { udp: true, tun: true },
      { udp: true, tun: true },
    ];
    const host = await startHost(cable, { lanes });
    for (const [flows, endpoints] of [
      [1, 1],
      [1000, 4],
      [100_000, 16],
    ]) {
      const load = await cable.load(
        `--count 3340000 --window 256 --flows ${flows} --endpoints ${endpoints} --mix ${flows === 1 ? 'udp4' : kinds} ${options}`,
      );
      expect(load).toMatchObject(clean);
    }
    await host.stop();
  });
});
