import { describe, expect, test } from '@jest/globals';
import { temporaryDirectory } from '@net/testing';
import { runCli } from '@net/cli';
import { app } from '../src/app.js';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';

const hook = join(temporaryDirectory('app'), 'hook.sh');
writeFileSync(hook, '#!/bin/sh\n');
chmodSync(hook, 0o755);

async function run(...argv: string[]) {
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  const code = await runCli(app, {
    argv,
    env: { PATH: process.env['PATH'] },
    stdout,
    stderr,
    signal: AbortSignal.abort(),
  });
  const read = (stream: PassThrough): string => String(stream.read() ?? '');
  return { code, stdout: read(stdout), stderr: read(stderr) };
}

test.each([
  ['--hand-over needs --persist', ['--hand-over']],
  ['contradict each other', ['--persist', '--datapath', 'user']],
])('%s', async (message, argv) => {
  const { code, stderr } = await run('run', ...argv);
  expect(code).toBe(2);
  expect(stderr).toContain(message);
});

describe('the original letters and names', () => {
  test.each([
    '-c',
    '--cmdnew',
    '-r',
    '--cmddel',
    '-t',
    '--timeout',
    '-i',
    '--idle',
    '-p',
    '--port',
    '-j',
    '--json',
    '-s',
    '-d',
    '--debug',
    '-x',
    '-h',
    '--udpthreads',
    '--udpaffinity',
    '--tunthreads',
    '--tunaffinity',
    '--logging',
  ])('%s is in the help', async (flag) => {
    const { code, stdout } = await run('run', '--help');
    expect(code).toBe(0);
    expect(stdout).toMatch(new RegExp(`(^|[\\s,])${flag}(?=[\\s,=]|$)`, 'm'));
  });

  test('all of them together, as an operator of the original would write them', async () => {
    const { code, stdout, stderr } = await run(
      ...['-c', hook, '-r', hook, '-t', '600', '-i', '350', '-p', '8080', '-j', '-s', '-d', '-x'],
      ...[
        '--udpthreads',
        '2',
        '--udpaffinity',
        '0',
        '--tunthreads',
        '2',
        '--tunaffinity',
        '0',
        '--logging',
        'all=debug',
        '--print-config',
      ],
    );
    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(stdout).toMatch(/timeout/);
  });
});

describe('what cannot be meant ends with 2 and a line that names it', () => {
  test.each<[string, string[], string]>([
    ['a hook that is not there', ['-c', '/nonexistent/up.sh'], '/nonexistent/up.sh'],
    ['a list of cores', ['--udpaffinity', '1-x'], '--udpaffinity'],
    ['a core', ['--tunaffinity', '1000'], 'core 1000'],
    ['129 threads', ['--udpthreads', '129'], '--udpthreads'],
    ['a log level', ['--logging', 'udp=loud'], 'udp=loud'],
    ['an endpoint', ['--endpoint', 'vpce-xyz'], 'vpce-xyz'],
    ['a network', ['--allow-from', '10.0.0.0/33'], '10.0.0.0/33'],
    ['an IPv6 network', ['--allow-from', '2001:db8::/32'], '2001:db8::/32'],
    ['a time', ['-t', 'soon'], 'soon'],
    ['a port', ['-p', '70000'], '70000'],
    ['--require-hook alone', ['--require-hook'], '--require-hook'],
    ['--require-hook with pass', ['-c', hook, '--require-hook', '--while-hook', 'pass'], '--while-hook pass'],
    ['an unknown option', ['--udpthread', '2'], '--udpthreads'],
  ])('%s', async (_name, argv, named) => {
    const { code, stderr } = await run(...argv);
    expect(code).toBe(2);
    expect(stderr).toContain(named);
    expect(stderr).not.toMatch(/ {4}at /);
  });

  test('what keeps the kernel path from being used is named when it was asked for', async () => {
    const { code, stderr } = await run('--datapath', 'ebpf', '--return-path', 'raw');
    expect(code).toBe(3);
    expect(stderr).toMatch(/the kernel path cannot be used|CAP_NET_ADMIN|namespace/);
  });
});

test('the systemd unit asks for two capabilities', async () => {
  const { code, stdout } = await run('systemd-unit', '--program', '/opt/bin/gwlbtun');
  expect(code).toBe(0);
  expect(stdout).toContain('CapabilityBoundingSet=CAP_NET_ADMIN CAP_NET_RAW\n');
  expect(stdout).toContain('ExecStart=/opt/bin/gwlbtun run\n');
  expect(stdout).toContain('DeviceAllow=/dev/net/tun rw\n');
});
