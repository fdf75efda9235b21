import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { runProcess, type StartedProcess, suite, temporaryDirectory, until } from '@net/testing';
import { Bed, NOTHING_WRONG } from './bed.js';
import { hookScript, traceFile } from '../hooks/hook-scripts.js';
import { NETWORK } from './requirements.js';
import { existsSync, readFileSync } from 'node:fs';

const root = new URL('../../../../', import.meta.url).pathname;
const program = `${root}apps/gwlbtun/bin/gwlbtun.js`;
const route = `${root}native/loadgen/scripts/hook-route.sh`;
const load = ['--window', '16', '--flows', '50', '--mix', 'udp4,tcp4', '--sizes', '128'];

let bed: Bed;
const mount = temporaryDirectory('bpf');
const directory = `${mount}/tunnel`;
beforeAll(async () => {
  expect(await runProcess('mount', ['-t', 'bpf', 'bpf', mount])).toMatchObject({ code: 0 });
});
afterEach(async () => {
  await detach();
  await bed.remove();
});
afterAll(async () => void (await runProcess('umount', [mount])));

const detach = (...args: string[]) => {
  const all = [program, 'detach', '--persist-directory', directory, ...args];
  const { command, args: words } = bed.appliance.wrap(process.execPath, ...all);
  return runProcess(command, words);
};

suite('a handler that is killed', [...NETWORK, { command: 'ethtool' }], () => {
  test('goes on forwarding, is taken over without its hook, and is removed by detach', async () => {
    bed = new Bed();
    // A cable needs to be told that inner checksums are to be filled in.
    bed.appliance.exec('ethtool', '-K', 'va', 'tx', 'off');
    const trace = traceFile();
    const up = hookScript(`echo "$@" >> ${trace}`, `exec ${route} "$@"`);
    const down = hookScript(`echo "$@" >> ${trace}`);
    const start = (...args: string[]): Promise<StartedProcess> => {
      const persist = ['--datapath', 'ebpf', '--persist', '--persist-directory', directory];
      return bed.start('-c', up.file, '-r', down.file, '-p', '8080', ...persist, ...args);
    };
    const events = (): string[] =>
      existsSync(trace) ? readFileSync(trace, 'utf8').split('\n').slice(0, -1) : [];
    const first = await start();
    expect(await bed.load('--count', '1000', ...load)).toMatchObject(NOTHING_WRONG);
    expect(events()).toEqual([expect.stringMatching(/^CREATE gwi-/)]);
    expect((await detach()).code).toBe(3);
    process.kill(first.pid, 'SIGKILL');
    await first.ended;
    expect(await bed.load('--count', '1000', ...load)).toMatchObject(NOTHING_WRONG);

    const second = await start('--hand-over');
    await second.waitFor(/was taken over/);
    expect((await bed.health(8080, '/metrics')).body).toMatch(/gwlbtun_flows_adopted_total [1-9]/);
    expect(await bed.load('--count', '1000', ...load)).toMatchObject(NOTHING_WRONG);
    await second.stop();
    expect(await bed.load('--count', '1000', ...load)).toMatchObject(NOTHING_WRONG);
    expect(events()).toHaveLength(1);

    const planned = await detach('--dry-run');
    expect(planned.stdout).toMatch(/would remove interface gwi-/);
    const removed = await detach();
    expect(removed.stdout).toBe(planned.stdout.replaceAll('would remove', 'removed'));
    await until('no interfaces', () => !bed.appliance.ip('link').includes('gwi-'));
    expect(await detach('--json')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/"remnants": ?\[\]/),
    });
  }, 60_000);

  test('at SIGTERM without --hand-over everything goes', async () => {
    bed = new Bed();
    const handler = await bed.start(
      '--datapath',
      'ebpf',
      '--persist',
      '--persist-directory',
      directory,
      '-c',
      route,
    );
    await bed.load('--count', '100', '--flows', '5');
    expect((await handler.stop()).code).toBe(0);
    expect(bed.appliance.ip('link')).not.toContain('gwi-');
    expect(existsSync(directory)).toBe(false);
  }, 30_000);
});
