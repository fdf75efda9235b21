import { beforeAll, expect, test } from '@jest/globals';
import { runProcess, suite, testSeed } from '@net/testing';
import { buildCore } from './programs.js';

suite('the core, under the address and undefined behaviour sanitizers', ['cmake', 'g++'].map(command), () => {
  let folder = '';
  beforeAll(async () => {
    folder = await buildCore('asan', 'address,undefined');
  }, 240_000);

  test('passes its own tests', async () => {
    const result = await runProcess(`${folder}/core_tests`, [], {
      env: { ...process.env, GENEVE_VECTORS: `${folder}/vectors`, NET_TEST_SEED: String(testSeed()) },
    });
    expect(`${result.stdout}${result.stderr}`).not.toMatch(/FAIL|ERROR|runtime error/);
    expect(result.code).toBe(0);
  }, 120_000);
});

function command(name: string): { command: string } {
  return { command: name };
}
