import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type StartedProcess, startProcess, suite } from '@net/testing';
import { fileURLToPath } from 'node:url';
import { createAccount, type SandboxAccount } from '../sandbox-account.js';

let account: SandboxAccount;
let running: StartedProcess | undefined;
beforeEach(async () => {
  account = await createAccount();
});
afterEach(async () => {
  await running?.stop(0);
  running = undefined;
  await account.close();
});

const ENTER = '\r';
const DOWN = '\u001b[B';

/** Runs a program at a pseudo-terminal. */
function atTerminal(name: string, ...args: string[]): StartedProcess {
  const bin = fileURLToPath(new URL(`../../bin/${name}.js`, import.meta.url));
  const command = [process.execPath, bin, ...args].map((word) => `'${word}'`).join(' ');
  running = startProcess('script', ['-qec', `stty cols 160 rows 50; ${command}`, '/dev/null'], {
    env: { ...account.environment(), TERM: 'xterm', SHELL: '/bin/sh' },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  return running;
}

/** Waits for each question and types its answer. */
async function answer(
  program: StartedProcess,
  ...dialogue: readonly (readonly [RegExp, string])[]
): Promise<void> {
  for (const [question, keys] of dialogue) {
    await program.waitFor(question);
    program.child.stdin?.write(keys);
  }
}

const tagOf = (name: string, key: string): string | undefined =>
  account.ec2
    .describeTags({ Filters: [{ Name: 'resource-id', Values: [account.id(name)] }] })
    .Tags?.find(({ Key }) => Key === `Vectra:session_mirroring_${key}`)?.Value;

suite('questions at a terminal', [{ command: 'script', install: 'bsdutils' }], () => {
  test('blacklist asks for ids to add, shows the list, asks for ids to remove', async () => {
    account.setTags('a2', { 'Vectra:session_mirroring_blacklist': 'True' });
    const program = atTerminal('session_mirror_blacklist');
    await answer(
      program,
      [/to add to the blacklist/, `${account.id('a1')}${ENTER}`],
      [/On the blacklist:[\s\S]*to remove/, `${account.id('a2')}${ENTER}`],
    );
    const { code } = await program.ended;
    expect(code).toBe(0);
    expect(tagOf('a1', 'blacklist')).toBe('True');
    expect(tagOf('a2', 'blacklist')).toBeUndefined();
  });

  test('whitelist takes a list with commas and refuses what is no id', async () => {
    const program = atTerminal('session_mirror_whitelist');
    await answer(
      program,
      [/to add to the whitelist/, `web-1${ENTER}`],
      [/is no instance id/, `\u0015${account.id('b1')},${account.id('b2')}${ENTER}`],
      [/whitelist is empty[\s\S]*to remove/, ENTER],
    );
    expect((await program.ended).code).toBe(0);
    expect([tagOf('b1', 'whitelist'), tagOf('b2', 'whitelist')]).toEqual(['True', 'True']);
  });

  test('config-vpc goes through the VPCs: an existing target, enrolment, and disabling', async () => {
    account.enable('beta');
    const ids = ['alpha', 'beta', 'sensors'].map((name) => account.id(name)).sort();
    const program = atTerminal('session_mirror_config_vpc');
    for (const id of ids) {
      // What an earlier VPC was asked is still on the screen.
      const here = (words: string): RegExp => new RegExp(`${id}[^]*${words}`);
      const isAlpha = id === account.id('alpha');
      const isBeta = id === account.id('beta');
      await answer(
        program,
        [here('Modify\\?'), isAlpha || isBeta ? 'y' : 'n'],
        ...(isAlpha
          ? ([
              [here('Where to\\?'), ENTER],
              [here('Which instances\\?'), `${DOWN}${ENTER}`],
              [here('Do this\\?'), ENTER],
            ] as const)
          : []),
        ...(isBeta
          ? ([
              [here('Disable mirroring of this VPC\\?'), 'y'],
              [here('mirror it no more[^]*Do this\\?'), ENTER],
            ] as const)
          : []),
      );
    }
    expect((await program.ended).code).toBe(0);
    expect(tagOf('alpha', 'target')).toBe(account.targetId);
    expect(tagOf('alpha', 'enrollment')).toBe('whitelist');
    expect(tagOf('beta', 'target')).toBeUndefined();
  });

  test('Ctrl-C changes nothing', async () => {
    const program = atTerminal('session_mirror_blacklist');
    await answer(program, [/to add to the blacklist/, '\u0003']);
    const { code } = await program.ended;
    expect(code).not.toBe(0);
    expect(account.count('CreateTags')).toBe(0);
  });
});
