import { describe, expect, test } from '@jest/globals';
import { type RunResult, runProcess, startProcess, suite, temporaryDirectory } from '@net/testing';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

const app = new URL('fixtures/app.mjs', import.meta.url).pathname;
const clean = { PATH: process.env['PATH'] ?? '', HOME: '/nonexistent' };

const run = (args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<RunResult> =>
  runProcess(process.execPath, [app, ...args], { env: { ...clean, ...env } });

describe('an app as a process', () => {
  test('takes values from flags, environment, file and defaults, in that order', async () => {
    const file = join(temporaryDirectory('cli'), 'options.yaml');
    writeFileSync(file, 'port: 3\nmode: once\ninterval: 2m\nroute-table: [rtb-file]\n');
    const { code, stdout } = await run(['--json', '--config', file, '-p', '1'], {
      FIXTURE_PORT: '2',
      FIXTURE_MODE: 'forever',
      FIXTURE_DEEP: 'yes',
    });
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      port: 1,
      mode: 'forever',
      interval: 120_000,
      routeTable: ['rtb-file'],
      cidr: { text: '0.0.0.0/0' },
      deep: true,
    });
  });

  test('reads older names of environment variables after its own', async () => {
    expect(JSON.parse((await run(['--json'], { LEGACY_PORT: '7' })).stdout)).toMatchObject({ port: 7 });
    const both = await run(['--json'], { LEGACY_PORT: '7', FIXTURE_PORT: '8' });
    expect(JSON.parse(both.stdout)).toMatchObject({ port: 8 });
  });

  test.each([
    [['--prot', '1'], 'unknown option --prot. Did you mean --port?'],
    [['-Z'], 'unknown option -Z.'],
    [['shwo'], 'unknown command "shwo". Did you mean show?'],
    [['-p', '70000'], '-p: "70000" is above the greatest value 65535 (argument 2).'],
    [['-r', 'a', '-c', '10.0.0.0'], '-c: "10.0.0.0" is not an IPv4 CIDR (argument 4).'],
    [['--interval', '5 s'], '--interval: "5 s" is not a duration'],
    [['--mode', 'never'], '--mode: "never" is not one of once, forever (argument 2).'],
    [['-r'], '-r needs a value (argument 1).'],
    [['--code', '1'], '--code is an option of the command wait, not of show.'],
    [['fail'], '--how (or FIXTURE_HOW) is required.'],
    [
      ['--config', '/nonexistent/x'],
      'cannot read the configuration file /nonexistent/x: there is no such file.',
    ],
  ])('%j ends with 2 and one line', async (args, message) => {
    const { code, stdout, stderr } = await run(args);
    expect(stderr).toContain(`fixture: ${message}`);
    expect(stderr).toMatch(/Try 'fixture --help'\.\n$/);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  });

  test('help has summary, usage, examples, options, exit codes and environment', async () => {
    const { code, stdout, stderr } = await run(['--help']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const order = [
      'An app for the tests',
      'Usage:',
      'Examples:',
      'Commands:',
      'Options:',
      'Common options:',
      'Exit codes:',
      'Environment:',
    ];
    const places = order.map((word) => stdout.indexOf(word));
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(places).not.toContain(-1);
    expect(stdout).toContain('110  the door is shut');
    expect((await run(['wait', '-h'])).stdout).toMatch(
      /^Wait until stopped\n\nUsage: fixture wait \[options\]/,
    );
    expect((await run(['--version'])).stdout).toBe('1.2.3\n');
  });

  test('errors are one line; the stack comes with --debug', async () => {
    const typed = await run(['fail', '--how', 'typed']);
    expect(typed).toMatchObject({ code: 110, stderr: 'fixture: the door is shut. Open it.\n' });
    const duck = await run(['fail', '--how', 'duck']);
    expect(duck).toMatchObject({ code: 42, stderr: 'fixture: quack. bread.\n' });
    expect(await run(['fail', '--how', 'text'])).toMatchObject({ code: 1, stderr: 'fixture: text.\n' });
    const debug = await run(['fail', '--how', 'typed', '--debug']);
    expect(debug.stderr).toMatch(/the door is shut \[X_DOOR\]\n\s+at [\s\S]*caused by: Error: no key/);
    const late = await run(['fail', '--how', 'late']);
    expect(late).toMatchObject({ code: 1, stderr: 'fixture: too late.\n' });
  });

  test('a secret appears nowhere, and as an argument draws a warning', async () => {
    const key = 'wJalrXUtnFEMI';
    const shown = await run(['--print-config', '-K', key, '--json']);
    expect(shown.stdout).toContain('[redacted]');
    const debug = await run(['show', '-K', key, '--debug']);
    expect(debug.stderr).toMatch(/cli\.secret-argument: -K shows its value .* use a profile/);
    const fail = await run(['fail', '--how', 'secret', '--debug'], { FIXTURE_ACCESS_KEY: key });
    expect(fail.stderr).toContain('bad key [redacted]');
    expect(fail.stderr).not.toContain('secret-argument');
    for (const { stdout, stderr } of [shown, debug, fail]) expect(stdout + stderr).not.toContain(key);
  });

  test.each([
    ['SIGTERM', 143],
    ['SIGINT', 130],
  ] as const)('%s ends a waiting command with its code; the second one at once', async (name, code) => {
    const kind = startProcess(process.execPath, [app, 'wait'], { env: clean });
    await kind.waitFor(/waiting/);
    kind.child.kill(name);
    expect(await kind.ended).toMatchObject({ code, stderr: '' });
    const graceful = startProcess(process.execPath, [app, 'wait', '--code', '0'], { env: clean });
    await graceful.waitFor(/waiting/);
    graceful.child.kill(name);
    expect(await graceful.ended).toMatchObject({ code: 0 });
    const stubborn = startProcess(process.execPath, [app, 'wait', '--stubborn'], { env: clean });
    await stubborn.waitFor(/waiting/);
    stubborn.child.kill(name);
    await stubborn.waitFor(/not yet/);
    stubborn.child.kill(name);
    expect(await stubborn.ended).toMatchObject({ code });
  });

  test('a reader that goes away is no error', async () => {
    const { code, stdout, stderr } = await runProcess(
      'bash',
      ['-c', '"$0" "$1" flood | head -n 2 | cut -c 1-7; echo "${PIPESTATUS[0]}"', process.execPath, app],
      { env: clean },
    );
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: '{"i":0,\n{"i":1,\n0\n', stderr: '' });
  });

  test('a reader of logs that does not read costs events, not progress', async () => {
    const noisy = startProcess(process.execPath, [app, 'noisy'], {
      env: clean,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    noisy.child.stderr?.pause();
    await noisy.waitFor(/still here/);
    noisy.child.stderr?.resume();
    const { code, stderr } = await noisy.ended;
    expect(code).toBe(0);
    const lines = stderr.trimEnd().split('\n');
    expect(lines.length).toBeLessThan(5000);
    const [, count] = /log\.dropped: (\d+) log events were dropped/.exec(lines.at(-1) ?? '') ?? [];
    expect(lines.length - 1 + Number(count)).toBe(5000);
  });

  test('a taken port ends with 3', async () => {
    const first = startProcess(process.execPath, [app, 'serve'], { env: clean });
    try {
      const [, port = ''] = await first.waitFor(/:(\d+)\n/);
      const second = await run(['serve', '--port', port]);
      expect(second).toMatchObject({
        code: 3,
        stderr: `fixture: cannot listen on 127.0.0.1 port ${port}: another process listens there. Stop it or choose another port.\n`,
      });
    } finally {
      expect(await first.stop()).toMatchObject({ code: 0 });
    }
  });
});

const pty = 'import pty,sys\nsys.exit(__import__("os").waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))';

suite('an app on a terminal', [{ command: 'python3' }], () => {
  const onTerminal = (
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): Promise<RunResult> =>
    runProcess('python3', ['-c', pty, process.execPath, app, ...args], {
      env: { ...clean, TERM: 'xterm', ...env },
    });

  test('shows progress and colours, and neither where they are not wanted', async () => {
    const coloured = await onTerminal(['work']);
    expect(coloured.stdout).toMatch(/working 33% 1\/3 steps/);
    expect(coloured.stdout).toContain('\u001B[1mNAME  SIZE\u001B[22m');
    for (const [args, env] of [
      [['work', '--no-color'], {}],
      [['work'], { NO_COLOR: '1' }],
      [['work'], { TERM: 'dumb' }],
    ] as const) {
      expect((await onTerminal(args, env)).stdout).not.toContain('\u001B[1m');
    }
    const piped = await run(['work']);
    expect(piped).toMatchObject({ code: 0, stdout: 'NAME  SIZE\na        1\n', stderr: '' });
    expect((await run(['work'], { FORCE_COLOR: '1' })).stdout).toContain('\u001B[1mNAME');
  });
});

suite('completion in bash', [{ command: 'bash' }], () => {
  test('offers commands, flags and the words of choices', async () => {
    const complete = async (...words: string[]): Promise<string[]> => {
      const line = `source <("${process.execPath}" "${app}" --completion bash); COMP_WORDS=(fixture ${words.map((w) => `'${w}'`).join(' ')}); COMP_CWORD=${words.length}; _fixture; printf '%s\\n' "\${COMPREPLY[@]}"`;
      const { stdout, stderr } = await runProcess('bash', ['-c', line], { env: clean });
      expect(stderr).toBe('');
      return stdout.trim().split('\n');
    };
    expect(await complete('w')).toEqual(['wait', 'work']);
    expect(await complete('wait', '--st')).toEqual(['--stubborn']);
    expect(await complete('--mode', '')).toEqual(['once', 'forever']);
    expect((await run(['--completion', 'zsh'])).stdout).toMatch(/^#compdef fixture\n/);
  });
});
