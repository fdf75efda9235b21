import { describe, expect, test } from '@jest/globals';
import { runProcess, temporaryDirectory } from '@net/testing';
import { symlinkSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import {
  brokenLinks,
  consoleSteps,
  isExpectedOutput,
  readMarkdown,
  sourceFiles,
  textOf,
  toolCalls,
  toolPrograms,
} from '../src/index.js';

const documents = sourceFiles(/\.md$/).map((path) => ({ path, document: readMarkdown(textOf(path)) }));

test('every relative link and anchor leads somewhere', () => {
  expect(documents.length).toBeGreaterThan(20);
  expect(documents.flatMap(({ path, document }) => brokenLinks(path, document))).toEqual([]);
});

test('a link that leads nowhere is seen', () => {
  const text =
    '# One `two`\n[a](#one-two) [b](#three) [c](nowhere.md) [d](README.md#limits) [e](http://x.test)\n';
  const broken = brokenLinks('SECURITY.md', readMarkdown(text));
  expect(broken.map((each) => /:2 (\S+):/.exec(each)?.[1])).toEqual([
    '#three',
    'nowhere.md',
    'http://x.test',
  ]);
});

test('every command of ours in a document is one that the tool takes', async () => {
  const calls = documents.flatMap(({ path, document }) =>
    toolCalls(document).map((call) => ({ ...call, at: `${path}:${call.line}` })),
  );
  const byText = new Map(calls.map((call) => [[call.tool, ...call.args].join(' '), call]));
  expect(byText.size).toBeGreaterThan(40);
  const refused: string[] = [];
  const queue = [...byText].filter(([text]) => !/ (COMMAND|NAME)\b/.test(text));
  const worker = async (): Promise<void> => {
    for (let next = queue.pop(); next; next = queue.pop()) {
      const [text, { tool, args, at }] = next;
      // The real parser, which ends before anything is done.
      const words = [toolPrograms.get(tool)!, ...args, '--print-config'];
      const env = { ...process.env, AWS_REGION: 'eu-west-1', AWS_ENDPOINT_URL: 'http://127.0.0.1:1' };
      const { code, stderr } = await runProcess(process.execPath, words, { env });
      if (code !== 0) refused.push(`${at} ${text}: ${stderr.split('\n')[0]}`);
    }
  };
  await Promise.all([worker(), worker()]);
  expect(refused).toEqual([]);
}, 90_000);

test('a command that the tool does not take is seen', async () => {
  const [call] = toolCalls(readMarkdown('```sh\nsudo gwlbtun run --no-such-option 3 # comment\n```\n'));
  expect(call).toEqual({ tool: 'gwlbtun', args: ['run', '--no-such-option', '3'], line: 2 });
  const result = await runProcess(process.execPath, [
    toolPrograms.get('gwlbtun')!,
    ...call!.args,
    '--print-config',
  ]);
  expect(result.code).toBe(2);
});

describe('runnable blocks', () => {
  const blocks = documents.flatMap(({ path, document }) =>
    document.fences
      .filter(({ isRunnable }) => isRunnable)
      .map((fence) => ({ ...fence, at: `${path}:${fence.line}` })),
  );
  const bin = temporaryDirectory('bin');
  for (const [name, program] of toolPrograms) symlinkSync(program, join(bin, name));
  const env = { ...process.env, PATH: `${bin}${delimiter}${process.env['PATH'] ?? ''}` };

  test.each(blocks)(
    '$at prints what stands there',
    async ({ content, at }) => {
      const cwd = temporaryDirectory('run');
      for (const { command, expected } of consoleSteps(content)) {
        const { code, stdout, stderr } = await runProcess('bash', ['-euo', 'pipefail', '-c', command], {
          cwd,
          env,
        });
        const isRight = code === 0 && isExpectedOutput(stdout, expected);
        expect({ at, command, code, isRight, ...(isRight ? {} : { stdout, stderr }) }).toMatchObject({
          isRight: true,
        });
      }
    },
    60_000,
  );

  test('there are some, and another output is seen', () => {
    expect(blocks.length).toBeGreaterThan(1);
    const [step] = consoleSteps('$ some \\\n  command\nfirst (1)\n...\nlast\n');
    expect(step?.command).toBe('some \\\n  command');
    expect(isExpectedOutput('first (1)\nmiddle\n\nlast\n', step!.expected)).toBe(true);
    expect(isExpectedOutput('first (1)\nlast\nmore\n', step!.expected)).toBe(false);
    expect(isExpectedOutput('', [])).toBe(true);
  });
});
