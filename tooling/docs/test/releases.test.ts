import { expect, test } from '@jest/globals';
import { runProcess, temporaryDirectory } from '@net/testing';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../src/index.js';

test('each published package gets a release with its bill of materials', async () => {
  const folder = temporaryDirectory('release');
  const log = join(folder, 'calls');
  writeFileSync(
    join(folder, 'gh'),
    `#!/bin/sh\ncat >/dev/null\nfor word; do echo "$word"; done >>'${log}'\n`,
  );
  chmodSync(join(folder, 'gh'), 0o755);
  const bill = join(folder, 'net-cli-9.9.9.cdx.json');
  writeFileSync(bill, '{}');
  const published = [
    { name: '@net/cli', version: '9.9.9' },
    { name: '@net/geneve-native-linux-x64', version: '9.9.9' },
  ];
  const env = {
    ...process.env,
    PATH: `${folder}:${process.env['PATH'] ?? ''}`,
    PUBLISHED: JSON.stringify(published),
  };
  const args = [join(root, 'scripts/github-releases.mjs'), folder];
  expect(await runProcess(process.execPath, args, { env })).toMatchObject({ code: 0, stderr: '' });
  const call = (tag: string, ...files: string[]): string[] => {
    return ['release', 'create', tag, '--verify-tag', '--title', tag, '--notes-file', '-', ...files];
  };
  expect(readFileSync(log, 'utf8').trim().split('\n')).toEqual([
    ...call('@net/cli@9.9.9', bill),
    ...call('@net/geneve-native-linux-x64@9.9.9'),
  ]);
});
