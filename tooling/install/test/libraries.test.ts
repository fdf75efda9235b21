import { beforeAll, expect, test } from '@jest/globals';
import { runProcess } from '@net/testing';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Installation, platformPackage, root } from '../src/index.js';
import { install, tarballs } from './stranger.js';

let all: Installation;
const specifiers = tarballs().flatMap(({ entries }) => entries);

beforeAll(() => {
  all = install(
    ...tarballs()
      .map(({ name }) => name)
      .filter((name) => name !== platformPackage),
  );
}, 240_000);

test('every entry point is imported from JavaScript', async () => {
  const script = `
    for (const name of ${JSON.stringify(specifiers)}) {
      const module = await import(name);
      if (Object.keys(module).length === 0) throw new Error(name + ' exports nothing');
      console.log(name);
    }`;
  const result = await runProcess(process.execPath, ['--input-type=module', '-e', script], {
    cwd: all.folder,
  });
  expect(result.stderr).toBe('');
  expect(result.stdout.trim().split('\n')).toEqual(specifiers);
}, 60_000);

test('every entry point has types for TypeScript', async () => {
  const lines = specifiers.map((name, index) => `import * as m${index} from '${name}';`);
  writeFileSync(
    join(all.folder, 'types.ts'),
    `${lines.join('\n')}\nexport const all: object[] = [${specifiers.map((_, index) => `m${index}`).join(', ')}];
// An export that is not there is an error, so none of them is \`any\`.
// @ts-expect-error
export const missing = m0.thereIsNoSuchExport;\n`,
  );
  const options = ['--strict', '--noEmit', '--module', 'nodenext', '--target', 'es2023', '--skipLibCheck'];
  const types = ['--types', 'node', '--typeRoots', join(root, 'node_modules/@types')];
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const result = await runProcess(process.execPath, [tsc, ...options, ...types, 'types.ts'], {
    cwd: all.folder,
  });
  expect(result.stdout).toBe('');
  expect(result.code).toBe(0);
}, 120_000);
