import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createNamespace, runProcess, startProcess, type StartedProcess, suite } from '@net/testing';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { natWorld } from '../src/index.js';
import { install, program, run } from './stranger.js';

const LONG = 240_000;

let sandbox: StartedProcess;
let env: Record<string, string>;
let ids: Map<string, string>;

beforeAll(async () => {
  const alone = install('@net/aws-sandbox');
  writeFileSync(join(alone.folder, 'world.json'), JSON.stringify(natWorld));
  const args = ['--port', '0', '--seed', 'world.json', '--imds', 'nat-b'];
  sandbox = startProcess(process.execPath, [program(alone, 'aws-sandbox'), ...args], { cwd: alone.folder });
  await sandbox.waitFor(/# out (rtb-\w+)/);
  const lines = sandbox.output().stdout.split('\n');
  env = Object.fromEntries(
    lines.filter((line) => /^AWS_/.test(line)).map((line) => line.split(/\s+#/)[0]!.split('=', 2)),
  );
  ids = new Map(
    lines
      .filter((line) => line.startsWith('# '))
      .map((line) => line.slice(2).split(' ', 2) as [string, string]),
  );
}, LONG);
afterAll(async () => {
  await sandbox.stop();
});

test(
  'aws-route-mon says against the sandbox what it would do',
  async () => {
    const alone = install('@net/aws-route-mon');
    const args = ['-r', ids.get('out')!, '-i', 'auto', '-R', 'eu-west-1', '--dry-run', '--json'];
    const result = await run(alone, 'aws-route-mon', args, { ...env, AWS_REGION: 'eu-west-1' });
    expect(result.code).toBe(0);
    expect(() => JSON.parse(result.stdout) as unknown).not.toThrow();
    expect(result.stdout).toContain(ids.get('out')!);
  },
  LONG,
);

test(
  'session-mirror says against the sandbox what it would do',
  async () => {
    const alone = install('@net/session-mirror');
    const result = await run(alone, 'session_mirror_tap', ['--dry-run', '--json'], {
      ...env,
      AWS_REGION: 'eu-west-1',
    });
    expect(result.code).toBe(0);
    expect(JSON.parse(result.stdout)).toMatchObject({ region: 'eu-west-1', actions: [] });
  },
  LONG,
);

test(
  'connection-tracker counts the connections of a generated log',
  async () => {
    const alone = install('@net/connection-tracker', '@net/flowlogs');
    const log = await run(alone, 'flowlogs', ['generate', '-n', '500', '--seed', '7']);
    writeFileSync(join(alone.folder, 'demo.log'), log.stdout);
    const result = await run(alone, 'connection-tracker', ['replay', 'demo.log', '--exit', '--json']);
    expect(result.code).toBe(0);
    expect(JSON.stringify(JSON.parse(result.stdout))).toContain(':443');
  },
  LONG,
);

suite('multi-eni-routing', ['root', 'netns'], () => {
  test('sets up a host with two interfaces and takes it back', async () => {
    const alone = install('@net/multi-eni-routing');
    const host = createNamespace('alone');
    const fabric = createNamespace('fabric');
    try {
      for (const [device, address] of [
        ['eth0', '10.1.0.10/24'],
        ['eth1', '10.1.1.10/24'],
      ] as const) {
        host.ip(`link add ${device} type veth peer name ${device} netns ${fabric.name}`);
        fabric.ip(`link set ${device} up`);
        host.ip(`addr add ${address} dev ${device}`);
        host.ip(`link set ${device} up`);
      }
      host.ip('link set lo up');
      host.ip('route add default via 10.1.0.1');
      const before = host.ip('rule show');
      const call = async (...args: string[]): Promise<number | null> => {
        const wrapped = host.wrap(process.execPath, program(alone, 'multi-eni-routing'), ...args);
        return (await runProcess(wrapped.command, wrapped.args, { cwd: alone.folder })).code;
      };
      expect(await call('apply', '--source', 'kernel', '--interface', 'eth*')).toBe(0);
      expect(host.ip('rule show')).toContain('from 10.1.1.10');
      expect(await call('flush')).toBe(0);
      expect(host.ip('rule show')).toBe(before);
    } finally {
      host.remove();
      fabric.remove();
    }
  }, 240_000);
});

suite('gwlbtun', ['root', 'netns', 'tun'], () => {
  test('starts on the binary that came with it and ends on SIGTERM', async () => {
    const alone = install('@net/gwlbtun');
    const host = createNamespace('alone');
    try {
      host.ip('link set lo up');
      const wrapped = host.wrap(process.execPath, program(alone, 'gwlbtun'));
      const handler = startProcess(wrapped.command, wrapped.args, { cwd: alone.folder });
      await handler.waitFor(/gwlbtun \S+ started/);
      expect(await handler.stop()).toMatchObject({ code: 0 });
    } finally {
      host.remove();
    }
  }, 240_000);
});
