import { describe, expect, test } from '@jest/globals';
import { runProcess, temporaryDirectory } from '@net/testing';
import { DockerfileParser } from 'dockerfile-ast';
import { validate } from 'dockerfile-utils';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { root, sourceFiles, textOf } from '../src/index.js';

const files = sourceFiles(/(^|\/)Dockerfile$/, 'apps');

/** Those that run as root, since capabilities in a container go to root only. */
const asRoot = ['apps/gwlbtun/Dockerfile', 'apps/multi-eni-routing/Dockerfile'];

test('every daemon has one', () => {
  expect(files).toEqual(
    ['aws-route-mon', 'connection-tracker', 'gwlbtun', 'multi-eni-routing'].map(
      (app) => `apps/${app}/Dockerfile`,
    ),
  );
});

describe.each(files)('%s', (path) => {
  const text = textOf(path);
  const dockerfile = DockerfileParser.parse(text);
  const app = path.split('/')[1]!;
  const instructions = dockerfile
    .getInstructions()
    .map((each) => [each.getKeyword(), each.getArgumentsContent() ?? ''] as const);
  const all = (keyword: string): string[] =>
    instructions.filter(([name]) => name === keyword).map(([, words]) => words);

  test('the linter finds nothing', () => {
    expect(validate(text).map(({ message, range }) => `${range.start.line + 1}: ${message}`)).toEqual([]);
  });

  test('builds from packed packages without install scripts, and runs without a shell', () => {
    expect(all('FROM')).toEqual(['node:22-bookworm-slim AS install', 'node:22-bookworm-slim']);
    expect(all('COPY')).toEqual(['packed /packed', '/app /app']);
    expect(text).toContain('\nCOPY --from=install /app /app\n');
    expect(all('ADD')).toEqual([]);
    const npm = 'npm install --prefix /app --ignore-scripts --no-audit --no-fund /packed/*.tgz';
    expect(all('RUN')[0]).toBe(npm);
    expect(all('RUN').filter((words) => /curl|wget|sudo|chmod 777/.test(words))).toEqual([]);
    expect(all('ENTRYPOINT')).toEqual([`["node", "/app/node_modules/@net/${app}/bin/${app}.js"]`]);
    expect(JSON.parse(all('CMD')[0]!)).toHaveLength(1);
  });

  test('is an ordinary user, or says which capabilities it takes and why', () => {
    if (asRoot.includes(path)) {
      expect(all('USER')).toEqual([]);
      expect(text).toMatch(/^#.*--cap-drop ALL --cap-add NET_ADMIN/m);
      expect(text).toMatch(/^# Root, since/m);
    } else {
      expect(all('USER')).toEqual(['node']);
      expect(text).toMatch(/^#.*--cap-drop ALL --security-opt no-new-privileges/m);
    }
  });
});

test('the linter sees what is wrong', () => {
  expect(validate('FROM node\nRUNN true\nEXPOSE many\n').length).toBeGreaterThan(1);
});

test('the context has the packages of ours that the app needs, and no other', async () => {
  const folder = temporaryDirectory('context');
  const args = [join(root, 'scripts/docker-context.mjs'), 'aws-route-mon', folder];
  expect(await runProcess(process.execPath, args)).toMatchObject({ code: 0, stderr: '' });
  const tarballs = readdirSync(join(folder, 'packed')).map((name) => name.replace(/-\d.*$/, ''));
  expect(tarballs.sort()).toEqual(['net-aws-core', 'net-aws-route-mon', 'net-cli']);
  expect(readdirSync(folder).sort()).toEqual(['Dockerfile', 'packed']);
}, 60_000);
