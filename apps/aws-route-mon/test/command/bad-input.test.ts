import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { propertyOptions, temporaryDirectory } from '@net/testing';
import fc from 'fast-check';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { runApp } from '../../src/app.js';
import { createSandboxVpc, type SandboxVpc } from '../monitor/sandbox-vpc.js';
import { environment, run } from './command.js';

let vpc: SandboxVpc;
beforeEach(async () => {
  vpc = await createSandboxVpc();
});
afterEach(() => vpc.close());

async function attempt(
  argv: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<{ code: number; said: string }> {
  const stderr = new PassThrough();
  let said = '';
  stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const stdout = new PassThrough();
  stdout.resume();
  const code = await runApp({ argv, env, stdout, stderr, signal: new AbortController().signal });
  return { code, said };
}

const wrong = fc.oneof(
  fc.record({ flag: fc.constantFrom('-r', '-i'), value: fc.string({ minLength: 1, maxLength: 30 }) }),
  fc.record({ flag: fc.constant('-c'), value: fc.stringMatching(/^[0-9./:x]{1,20}$/) }),
  fc.record({ flag: fc.constant('-R'), value: fc.stringMatching(/^[A-Z_ ./]{1,20}$/) }),
  fc.record({
    flag: fc.constantFrom('--policy', '--select', '--jitter', '--peers', '--fallback', '--probe', '--fall'),
    value: fc.stringMatching(/^[({!?=]{1,10}$/),
  }),
);

test('malformed values end with 2 and one line, and nothing is called', async () => {
  const table = vpc.id('table-1');
  vpc.sandbox.calls.clear();
  await fc.assert(
    fc.asyncProperty(wrong, async ({ flag, value }) => {
      // Some words are well-formed by chance, or are options themselves.
      fc.pre(!/^-|^auto$|^(rtb|eni)-([0-9a-f]{8}|[0-9a-f]{17})$/.test(value) && value.trim() !== '');
      fc.pre(flag !== '-c' || !/^[0-9a-f.:]+\/\d+$/.test(value));
      const words = flag === '-r' ? [] : ['-r', table];
      const { code, said } = await attempt([...words, flag, value], environment(vpc));
      expect(said.trimEnd().split('\n')).toHaveLength(1);
      expect(code).toBe(2);
    }),
    propertyOptions(150),
  );
  expect(vpc.sandbox.calls.list()).toEqual([]);
}, 60_000);

test('a malformed value is shown once, with its position', async () => {
  const { stderr } = await run(environment(vpc), '-r', vpc.id('table-1'), '-R', 'us-weast-9x');
  expect(stderr).toMatch(/^aws-route-mon: -R: "us-weast-9x" is not a region: .* \(argument 4\)/);
});

test.each([
  ['not a map', '- a\n', /config/i],
  ['an unknown key', 'route-tabel: rtb-1234abcd\n', /route-tabel/],
  ['a wrong value', 'route-table: [rtb-xyz]\n', /rtb-xyz/],
  ['broken YAML', 'a: [\n', /config/i],
])('a configuration file with %s', async (_name, text, message) => {
  const file = join(temporaryDirectory('config'), 'config.yaml');
  writeFileSync(file, text);
  const { code, stderr } = await run(environment(vpc), '--config', file);
  expect(stderr).toMatch(message);
  expect(code).toBe(2);
});

test('a wrong variable is named', async () => {
  const env = environment(vpc, { AWS_ROUTE_MON_INTERFACE: 'eth0' });
  const { code, stderr } = await run(env, '-r', vpc.id('table-1'));
  expect(stderr).toContain('AWS_ROUTE_MON_INTERFACE');
  expect(code).toBe(2);
});
