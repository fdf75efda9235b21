import { expect, test } from '@jest/globals';
import { runProcess } from '@net/testing';
import { posix } from 'node:path';
import {
  longFiles,
  readMarkdown,
  readmeComplaints,
  sourceFiles,
  textOf,
  toolPrograms,
} from '../src/index.js';

/** Files over the limit, each with why it is better whole. */
const longForAReason: Record<string, string> = {};

interface Manifest {
  readonly name: string;
  readonly private?: boolean;
  readonly dependencies?: Record<string, string>;
}

const published = sourceFiles(/^(?:(?:apps|packages)\/[^/]+|native)\/package\.json$/)
  .map((path) => ({ dir: posix.dirname(path), manifest: JSON.parse(textOf(path)) as Manifest }))
  .filter(({ manifest }) => manifest.private !== true);

test('no file is longer than 450 lines without a reason', () => {
  expect(longFiles().filter(({ path }) => !(path in longForAReason))).toEqual([]);
});

test('nothing is left for later in what is shipped', () => {
  const files = sourceFiles(/\.(?:ts|mjs|cc|h|c|md)$/).filter((path) => !path.startsWith('tooling/docs/'));
  expect(files.filter((path) => /\b(?:TODO|FIXME|XXX)\b/.test(textOf(path)))).toEqual([]);
});

test.each(published)('the README of $manifest.name has the form of all', ({ dir, manifest }) => {
  const document = readMarkdown(textOf(`${dir}/README.md`));
  const callsAws = Object.keys(manifest.dependencies ?? {}).some((name) => name.startsWith('@aws-sdk/'));
  expect(readmeComplaints(manifest.name, document, { isApp: dir.startsWith('apps/'), callsAws })).toEqual([]);
});

test('every package stands in the table of sizes, in the map and in the root README', () => {
  for (const document of ['docs/packages.md', 'ARCHITECTURE.md', 'README.md'])
    for (const { manifest } of published) {
      const name = document === 'ARCHITECTURE.md' ? manifest.name.replace('@net/', '') : manifest.name;
      expect({ document, name, isThere: textOf(document).includes(name) }).toMatchObject({ isThere: true });
    }
});

const tools = ['aws-route-mon', 'multi-eni-routing', 'gwlbtun', 'session-mirror', 'connection-tracker'];

test.each(tools)(
  'every option of %s that its documents name is in its --help',
  async (tool) => {
    const program = toolPrograms.get(tool)!;
    const help = async (...command: string[]): Promise<string> =>
      (await runProcess(process.execPath, [program, ...command, '--help'])).stdout;
    const main = await help();
    const listed = /^Commands:\n((?: {2}.*\n)+)/m.exec(main)?.[1] ?? '';
    const commands = [...listed.matchAll(/^ {2}([a-z][a-z-]*)/gm)].map((match) => match[1]!);
    const texts = [main, ...(await Promise.all(commands.map((command) => help(command))))];
    const known = new Set(
      texts.flatMap((text) => [...text.matchAll(/--(?:\[no-\])?[a-z][a-z-]*/g)].map(([word]) => word)),
    );
    const isKnown = (word: string): boolean =>
      known.has(word) ||
      known.has(word.replace('--', '--[no-]')) ||
      known.has(word.replace('--no-', '--[no-]'));
    const named = [`apps/${tool}/README.md`, `docs/operating-${tool}.md`].flatMap((path) =>
      readMarkdown(textOf(path)).spans.flatMap(({ text, line }) =>
        [...text.matchAll(/(?:^|\s)(--[a-z][a-z-]*)/g)].map((match) => ({ path, line, option: match[1]! })),
      ),
    );
    const others = /^--(?:fix|ignore-scripts|write)$/;
    expect(named.filter(({ option }) => !others.test(option) && !isKnown(option))).toEqual([]);
  },
  60_000,
);
