import { existsSync } from 'node:fs';

import { describe, expect, test } from '@jest/globals';

import { missingRequirements } from '../src/requirements.js';
import { propertyOptions, testSeed } from '../src/seed.js';
import { runProcess, startProcess } from '../src/processes.js';
import { temporaryDirectory } from '../src/temporary-directory.js';
import { until } from '../src/until.js';

describe('requirements', () => {
  test('a missing command is named with what installs it', () => {
    expect(missingRequirements([{ command: 'no-such-command', install: 'no-such-package' }])).toEqual([
      'needs no-such-command (apt-get install no-such-package)',
    ]);
    expect(missingRequirements([{ command: 'node' }])).toEqual([]);
  });
});

describe('processes', () => {
  test('the code and both outputs of a finished process', async () => {
    const result = await runProcess(process.execPath, [
      '-e',
      'console.log(1); console.error(2); process.exit(3)',
    ]);
    expect(result).toEqual({ code: 3, signal: null, stdout: '1\n', stderr: '2\n' });
  });

  test('input reaches the process', async () => {
    const result = await runProcess(process.execPath, ['-e', 'process.stdin.pipe(process.stdout)'], {
      input: 'hello',
    });
    expect(result.stdout).toBe('hello');
  });

  test('a line of a running process can be awaited, and the process stopped twice', async () => {
    const started = startProcess(process.execPath, [
      '-e',
      'console.log("ready 7"); setInterval(() => {}, 1000)',
    ]);
    expect((await started.waitFor(/ready (\d)/))[1]).toBe('7');
    expect((await started.stop()).signal).toBe('SIGTERM');
    expect((await started.stop()).signal).toBe('SIGTERM');
  });

  test('waiting for a line that never comes ends when the process does', async () => {
    const started = startProcess(process.execPath, ['-e', 'process.exit(4)']);
    await expect(started.waitFor(/never/)).rejects.toThrow('ended with 4 first');
  });
});

test('a temporary directory exists', () => {
  expect(existsSync(temporaryDirectory('testing'))).toBe(true);
});

test('until gives the first answer that is one, and gives up with the last', async () => {
  let asked = 0;
  expect(await until('a third time', () => (++asked < 3 ? undefined : asked))).toBe(3);
  await expect(until('nothing', () => false, 5)).rejects.toThrow('gave up waiting for nothing');
});

test('one seed for the whole process', () => {
  expect(testSeed()).toBe(testSeed());
  expect(propertyOptions(5).numRuns).toBeGreaterThanOrEqual(5);
});
