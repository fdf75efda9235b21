import { describe, expect, test } from '@jest/globals';
import { temporaryDirectory } from '@net/testing';
import { HandlerError, parseHookCommand } from '../../src/index.js';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = temporaryDirectory('hook');
const script = join(folder, 'up.sh');
const spaced = join(folder, 'with blank.sh');
for (const file of [script, spaced]) {
  writeFileSync(file, '#!/bin/sh\n');
  chmodSync(file, 0o755);
}
writeFileSync(join(folder, 'plain.txt'), '');
mkdirSync(join(folder, 'folder'));

describe('what stands behind -c', () => {
  test.each([
    ['a path', script, script, []],
    ['a path with a blank', spaced, spaced, []],
    [
      'a program with arguments',
      `${script} --verbose "two words" 'three words too' a"b c"d`,
      script,
      ['--verbose', 'two words', 'three words too', 'ab cd'],
    ],
    ['a name on PATH', 'up.sh first', script, ['first']],
    ['an empty argument', `${script} "" x`, script, ['', 'x']],
  ])('%s', (_name, text, file, args) => {
    expect(parseHookCommand('-c', text, folder)).toEqual({ file, args });
  });

  test.each([
    ['nothing there', '/nonexistent/hook.sh', 'does not exist'],
    ['not executable', join(folder, 'plain.txt'), 'is not executable'],
    ['a folder', join(folder, 'folder'), 'is not a file'],
    ['not on PATH', 'no-such-hook', 'no program "no-such-hook" on PATH'],
    ['an open quote', `${script} "open`, 'does not exist'],
    ['written for a shell', `${script} && reboot`, 'is written for a shell'],
    ['a substitution', `${script} $(id)`, 'is written for a shell'],
  ])('%s is refused with its name', (_name, text, message) => {
    expect(() => parseHookCommand('-c', text, folder)).toThrow(HandlerError);
    expect(() => parseHookCommand('-c', text, folder)).toThrow(message);
  });
});
