import { afterAll, expect, test } from '@jest/globals';
import { createNamespace, runProcess, suite } from '@net/testing';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  isExpectedOutput,
  type JsExample,
  jsExamples,
  readMarkdown,
  root,
  sourceFiles,
  textOf,
} from '../src/index.js';

/** Programs that are not run here, and why. */
const notRun: readonly (readonly [program: RegExp, reason: string])[] = [
  [/flow\.log\.gz|logs\/\*\*|parseChunks|scanColumns/, 'reads a log of the reader'],
  [/startEngine/, 'runs until it is stopped'],
  [/describeVpcs|DescribeVpcs/, 'asks an account whose contents the text describes'],
];

// The SDK's advice about the version of Node is not the program's.
const env = {
  ...process.env,
  AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
  NODE_NO_WARNINGS: '1',
};

/** Programs that change the network they run in. */
const changesNetwork = /applyPlan/;

// Below the repository's node_modules, so that the packages are found by their names.
mkdirSync(join(root, 'node_modules/.cache'), { recursive: true });
const work = mkdtempSync(join(root, 'node_modules/.cache/net-examples-'));
afterAll(() => {
  rmSync(work, { recursive: true, force: true });
});

const all = sourceFiles(/README\.md$/).flatMap((path) =>
  jsExamples(readMarkdown(textOf(path))).map((example) => ({ ...example, at: `${path}:${example.line}` })),
);
const examples = all.filter(
  ({ program, at }) => !notRun.some(([each]) => each.test(program)) || at.startsWith('packages/aws-sandbox/'),
);

async function expectOutputs(
  example: JsExample,
  wrap: (command: string, ...args: string[]) => { command: string; args: string[] },
): Promise<void> {
  const cwd = mkdtempSync(join(work, 'run-'));
  writeFileSync(join(cwd, example.file), example.program);
  for (const { command: line, expected } of example.steps) {
    const { command, args } = wrap('bash', '-c', `exec 2>&1; ${line}`);
    const { stdout } = await runProcess(command, args, { cwd, env });
    const isRight = isExpectedOutput(stdout, expected);
    expect({ line, isRight, ...(isRight ? {} : { stdout, expected }) }).toMatchObject({ isRight: true });
  }
}

test.each(examples.filter(({ program }) => !changesNetwork.test(program)))(
  '$at prints what stands behind it',
  async (example) => await expectOutputs(example, (command, ...args) => ({ command, args })),
  60_000,
);

suite('examples that change the network', ['root', 'netns'], () => {
  test.each(examples.filter(({ program }) => changesNetwork.test(program)))(
    '$at prints what stands behind it',
    async (example) => {
      const namespace = createNamespace('example');
      try {
        await expectOutputs(example, (...words) => namespace.wrap(...words));
      } finally {
        namespace.remove();
      }
    },
    60_000,
  );
});

test('most examples are run', () => {
  expect(examples.length).toBeGreaterThan(5);
  expect(examples.length).toBeGreaterThan(all.length / 2);
});
