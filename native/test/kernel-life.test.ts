import type { KernelRemnant } from '../src/js/index.js';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { runProcess, suite, until } from '@net/testing';
import { existsSync } from 'node:fs';
import { type Cable, createCable, type Host, routeHook, startHost } from './engine/appliance.js';
import { type BpfFileSystem, mountBpf } from './engine/bpf-file-system.js';
import { native } from './programs.js';

const needs = ['root', 'netns', 'tun', { command: 'cmake' }, { command: 'g++' }, { command: 'tc' }] as const;
const clean = { lost: 0, duplicated: 0, crossed: 0, innerWrong: 0, outerWrong: 0, foreign: 0, examples: [] };
const load =
  '--window 32 --flows 200 --endpoints 2 --mix udp4,udp6,tcp4,icmp4,gre6,fragment4,fragment6 --sizes 128,1400';

suite('the kernel path without its process', [...needs, { command: 'ethtool' }], () => {
  let cable: Cable;
  let bpf: BpfFileSystem;
  let host: Host | undefined;
  let directory: string;
  beforeAll(async () => {
    cable = await createCable();
    bpf = await mountBpf();
    directory = `${bpf.path}/tunnel`;
  }, 240_000);
  afterEach(async () => {
    await host?.stop();
    host = undefined;
    await state('remove');
  });
  afterAll(async () => {
    cable.remove();
    await bpf.remove();
  });

  // By routes: a redirect by tc wants a device with a carrier, which a tun without its process has not.
  const start = (config: object = {}): Promise<Host> =>
    startHost(cable, { datapath: 'ebpf', kernelState: directory, ...config }, routeHook);
  const state = async <T = KernelRemnant[]>(what: 'list' | 'remove'): Promise<T> => {
    const script = `${native}test/engine/kernel-state.mjs`;
    const { command, args } = cable.appliance.wrap(process.execPath, script, what, directory);
    return JSON.parse((await runProcess(command, args)).stdout) as T;
  };
  const killed = async (): Promise<void> => {
    const { pid } = host!;
    process.kill(pid, 'SIGKILL');
    await until('the end of the process', () => !existsSync(`/proc/${pid}`));
    host = undefined;
  };
  const byKernel = async (): Promise<number> => (await host!.stats()).lanes.at(-1)!.counters.returnedPackets;
  const interfaces = (): string[] =>
    [...cable.appliance.ip('-o link').matchAll(/ (gw[io]-\w+):/g)].map(([, name]) => name!).sort();

  test.each(['tcx', 'clsact', 'clsact-old-ipv6'])(
    'goes on when it is killed, and the next one takes over under load: %s',
    async (kernelAttach) => {
      host = await start({ kernelAttach });
      expect(await cable.load(`--count 3000 ${load}`)).toMatchObject(clean);
      const known = (await host.stats()).flows.size;
      const names = interfaces();
      expect(names).toHaveLength(4);
      const before = await byKernel();
      await killed();
      expect(interfaces()).toEqual(names);
      // Nobody lives: all of them come back, and the counters that the next process takes over say who carried them.
      const alone = await cable.load(`--count 5000 ${load}`);
      expect(alone).toMatchObject({ ...clean, sent: 5000, returned: 5000 });

      // From one process to the next, and the next, with packets on their way all the time.
      let isRunning = true;
      const running = cable.load(`--count 400000 ${load}`).finally(() => (isRunning = false));
      let deaths = 0;
      for (;;) {
        host = await start({ kernelAttach });
        if (deaths === 0)
          await until('the counters of the one before', async () => (await byKernel()) >= before + 5000);
        expect(await host.stats()).toMatchObject({ flows: { adopted: known, size: known } });
        if (!isRunning) break;
        await killed();
        deaths++;
      }
      const all = await running;
      expect(all).toMatchObject({ ...clean, sent: 400_000, returned: 400_000 });
      expect(deaths).toBeGreaterThan(0);
      process.stdout.write(
        `${kernelAttach}: 5000 packets sent while no process lived, ${alone.lost} lost; ` +
          `${all.sent} sent over ${deaths} deaths by SIGKILL, ${all.lost} lost, ${all.crossed + all.innerWrong + all.outerWrong} wrong\n`,
      );
      const created = (): object[] => host!.events.filter(({ type }) => type === 'endpoint-created');
      await until('both endpoints', () => created().length === 2);
      expect(created()).toMatchObject([{ adopted: true }, { adopted: true }]);
      // New flows, and packets that only the lanes understand.
      expect(await cable.load(`--count 2000 ${load.replace('200', '300')}`)).toMatchObject(clean);
      // Nobody reads what the programs of a killed process captured; the next one starts without.
      await host!.ask(`capture ${JSON.stringify({ points: ['inner-in'], sampleEvery: 1, snapBytes: 64 })}`);
      await killed();
      expect(await cable.load(`--count 5000 ${load}`)).toMatchObject(clean);
      host = await start({ kernelAttach });
      expect(await cable.load(`--count 1000 ${load}`)).toMatchObject(clean);
      expect(await host.ask('read')).toEqual([]);
    },
    90_000,
  );

  test('stop removes everything, but with handOver nothing', async () => {
    host = await start({ handOver: true });
    await cable.load(`--count 2000 ${load}`);
    await host.stop();
    expect(interfaces()).toHaveLength(4);
    expect(await cable.load(`--count 2000 ${load}`)).toMatchObject(clean);
    host = await start();
    expect((await host.stats()).flows.adopted).toBeGreaterThanOrEqual(200);
    await host.stop();
    expect(interfaces()).toEqual([]);
    expect(existsSync(directory)).toBe(false);
  }, 60_000);

  test('what a killed process left is listed and removed, once, and not under a running one', async () => {
    host = await start();
    await cable.load(`--count 2000 ${load}`);
    expect(await state<object>('remove')).toMatchObject({
      failed: 'NET_NATIVE_KERNEL_PATH',
      message: expect.stringContaining('running process'),
    });
    await killed();
    const listed = await state('list');
    expect(
      listed
        .filter(({ kind }) => kind === 'interface')
        .map(({ name }) => name)
        .sort(),
    ).toEqual(interfaces());
    // The device that packets come by and its neighbour, and two devices for each endpoint.
    expect(listed.filter(({ kind }) => kind === 'link').length).toBeGreaterThanOrEqual(5);
    expect(listed.at(-1)).toMatchObject({ kind: 'directory', name: directory });
    expect(await state('remove')).toEqual(listed);
    expect(interfaces()).toEqual([]);
    expect(cable.appliance.exec('tc', 'filter', 'show', 'dev', 'va', 'ingress')).toBe('');
    expect(await state('remove')).toEqual([]);
    host = await start();
    expect(await cable.load(`--count 1000 ${load}`)).toMatchObject(clean);
  }, 60_000);

  test('a directory in no bpf file system is refused, one of another shape is made anew', async () => {
    host = await start({ kernelState: `${native}build/no-bpf-file-system` });
    expect(host.failed?.message).toContain('not in a bpf file system');
    host = await start({ maxFlows: 4096 });
    await cable.load(`--count 1000 ${load}`);
    await killed();
    host = await start({ maxFlows: 8192 });
    expect((await host.stats()).flows.adopted).toBe(0);
    expect(await cable.load(`--count 1000 ${load}`)).toMatchObject(clean);
  }, 60_000);
});
