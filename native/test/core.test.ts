import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { runProcess, suite, testSeed } from '@net/testing';
import { type Cable, createCable } from './engine/appliance.js';
import { startStandalone } from './engine/standalone.js';
import { buildCore } from './programs.js';

const compiler = [{ command: 'cmake' }, { command: 'g++' }];
let folder = '';
const build = async (): Promise<void> => {
  folder = await buildCore('asan', 'address,undefined');
};

suite('the core, under the address and undefined behaviour sanitizers', compiler, () => {
  beforeAll(build, 240_000);

  test('passes its own tests', async () => {
    const result = await runProcess(`${folder}/core_tests`, [], {
      env: { ...process.env, GENEVE_VECTORS: `${folder}/vectors`, NET_TEST_SEED: String(testSeed()) },
    });
    expect(`${result.stdout}${result.stderr}`).not.toMatch(/FAIL|ERROR|runtime error/);
    expect(result.code).toBe(0);
  }, 120_000);
});

suite("the kernel's parser against the core's", ['root', ...compiler], () => {
  beforeAll(build, 240_000);

  test('gives every packet that it takes the same key', async () => {
    const result = await runProcess(`${folder}/core_tests`, ['kernel_keys'], {
      env: { ...process.env, GENEVE_VECTORS: `${folder}/vectors`, NET_TEST_SEED: String(testSeed()) },
    });
    // Without the right to load programs they say `skipped`.
    expect(`${result.stdout}${result.stderr}`).not.toMatch(/FAIL|ERROR|runtime error|skipped/);
    expect(result.stdout).toContain('kernel takes');
    expect(result.code).toBe(0);
  }, 60_000);
});

suite(
  'the engine without Node, under the same sanitizers',
  ['root', 'netns', 'tun', { command: 'tc' }, ...compiler],
  () => {
    let cable: Cable;
    beforeAll(async () => {
      await build();
      cable = await createCable();
    }, 240_000);
    afterAll(() => cable.remove());

    test.each([['--lanes 2'], ['--lanes 1 --no-offload']])(
      'carries every kind of packet: %s',
      async (options) => {
        const engine = await startStandalone(cable, folder, options);
        const kinds = 'udp4,udp6,tcp4,tcp6,icmp4,icmp6,sctp4,gre6,fragment4,fragment6';
        const shape = '--window 64 --sizes 128,1400 --same-tuples --odd-headers';
        const mixed = await cable.load(`--count 6000 --flows 200 --endpoints 2 --mix ${kinds} ${shape}`);
        const bulk = await cable.load(
          '--count 4000 --window 128 --mix udp4,tcp6 --sizes 1400 --flows 4 --burst 32',
        );
        const end = await engine.stop();
        expect(end.stderr).not.toMatch(/Sanitizer|runtime error/);
        expect(end.code).toBe(0);
        const wanted = { lost: 0, duplicated: 0, crossed: 0, innerWrong: 0, outerWrong: 0 };
        expect(mixed).toMatchObject(wanted);
        expect(bulk).toMatchObject(wanted);
      },
      60_000,
    );
  },
);
