import { expect, test } from '@jest/globals';
import { runProcess } from '@net/testing';
import { readFileSync } from 'node:fs';

const folder = new URL('..', import.meta.url).pathname;

test('the example of the README prints what the README says', async () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  const code = /```js\n([\s\S]*?)```/.exec(readme)?.[1] ?? '';
  const session = /```\n(\$ node demo[\s\S]*?)```/.exec(readme)?.[1] ?? '';
  const steps = session.split(/^\$ /m).slice(1);
  expect(steps).toHaveLength(3);
  for (const step of steps) {
    const [, variable, args = '', output] =
      /^(?:(\S+=\S+) )?node demo\.mjs ?(.*)\n([\s\S]*)$/.exec(step) ?? [];
    const [name, value] = variable?.split('=') ?? [];
    const { stdout, stderr } = await runProcess(
      process.execPath,
      ['--input-type=module', '-e', code, '--', 'demo.mjs', ...args.split(' ')],
      { cwd: folder, env: { PATH: process.env['PATH'], ...(name ? { [name]: value } : {}) } },
    );
    expect(stdout + stderr).toBe(output);
  }
});
