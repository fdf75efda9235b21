import { describe, expect, test } from '@jest/globals';
import { until } from '@net/testing';
import { EndpointKeeper, type KeeperOptions } from '../../src/hooks/endpoint-keeper.js';
import { createSectionLog, type HookCommand, parseLogging } from '../../src/index.js';
import { hookScript, traceFile } from './hook-scripts.js';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';

const eniId = 0x0123456789ab0000n;
const names = { eniId, gwi: 'gwi-887epl1g9A', gwo: 'gwo-887epl1g9A' };

/** A keeper in front of a data plane that only notes what it is asked. */
function keeperWith(options: Partial<KeeperOptions>) {
  const asked: string[] = [];
  const lines: string[] = [];
  const keeper = new EndpointKeeper(
    {
      endpointReady: (id) => asked.push(`ready ${id.toString(16)}`) > 0,
      removeEndpoint: (id) => {
        asked.push(`remove ${id.toString(16)}`);
        queueMicrotask(() => keeper.handle({ type: 'endpoint-removed', ...names, eniId: id }));
        return true;
      },
    },
    {
      createHook: undefined,
      destroyHook: undefined,
      hookTimeoutMs: 20_000,
      requireHook: false,
      log: createSectionLog(
        parseLogging(undefined),
        (_level, _section, message) => lines.push(message),
        () => 0,
      ),
      monotonicMs: () => 0,
      ...options,
    },
  );
  return { keeper, asked, lines };
}

const tracing = (trace: string): HookCommand => hookScript(`echo "$1" >> ${trace}`);

describe('the life of an endpoint', () => {
  test('without hooks it is ready at once and removed when idle', async () => {
    const { keeper, asked, lines } = keeperWith({});
    keeper.handle({ type: 'endpoint-created', ...names });
    await until('ready', () => asked.length === 1);
    expect(keeper.endpoints).toMatchObject([{ eniId, phase: 'ready' }]);
    keeper.handle({ type: 'endpoint-idle', ...names, idleSeconds: 60 });
    await until('removed', () => keeper.endpoints.length === 0);
    expect(asked).toEqual(['ready 123456789ab0000', 'remove 123456789ab0000']);
    expect(lines).toContain(
      'New interface gwi-887epl1g9A and gwo-887epl1g9A for ENI ID 00123456789ab0000 created.',
    );
    expect(lines).toContain(
      'Removing interface gwi-887epl1g9A and gwo-887epl1g9A for ENI ID 00123456789ab0000.',
    );
  });

  test('hooks run before it is ready and before it is removed', async () => {
    const trace = traceFile();
    const { keeper, asked } = keeperWith({ createHook: tracing(trace), destroyHook: tracing(trace) });
    keeper.handle({ type: 'endpoint-created', ...names });
    await until('ready', () => asked.length === 1);
    expect(readFileSync(trace, 'utf8')).toBe('CREATE\n');
    await keeper.stop();
    expect(readFileSync(trace, 'utf8')).toBe('CREATE\nDESTROY\n');
    expect(asked.at(-1)).toBe('remove 123456789ab0000');
    expect(keeper.counts('CREATE')).toMatchObject({ started: 1, succeeded: 1, running: 0 });
  });

  test('a hook of one endpoint does not hold up another one', async () => {
    const gate = traceFile();
    const createHook = hookScript(
      `[ "$GWLBTUN_ENI_HEX16" = 0000000000000001 ] || exit 0`,
      `while [ ! -e ${gate} ]; do sleep 0.05; done`,
    );
    const { keeper, asked } = keeperWith({ createHook });
    keeper.handle({ type: 'endpoint-created', ...names, eniId: 1n });
    keeper.handle({ type: 'endpoint-created', ...names, eniId: 2n });
    await until('the second to be ready', () => asked.includes('ready 2'));
    expect(asked).not.toContain('ready 1');
    writeFileSync(gate, '');
    await until('the first to be ready', () => asked.includes('ready 1'));
  });

  test('a failing CREATE hook is told, and packets flow all the same', async () => {
    const { keeper, asked, lines } = keeperWith({ createHook: hookScript('echo no route', 'exit 4') });
    keeper.handle({ type: 'endpoint-created', ...names });
    await until('ready', () => asked.length === 1);
    expect(keeper.counts('CREATE')).toMatchObject({ failed: 1, succeeded: 0 });
    expect(lines.some((line) => /CREATE hook ended with status 4/.test(line))).toBe(true);
    expect(lines).toContain('hook: no route');
  });

  test('with --require-hook packets wait until a hook succeeds', async () => {
    const trace = traceFile();
    const createHook = hookScript(`echo try >> ${trace}`, `[ $(wc -l < ${trace}) -ge 3 ]`);
    const { keeper, asked } = keeperWith({ createHook, requireHook: true, retryMs: 10 });
    keeper.handle({ type: 'endpoint-created', ...names });
    await until('the third try', () => asked.length === 1);
    expect(keeper.counts('CREATE')).toMatchObject({ failed: 2, succeeded: 1 });
  });

  test('a hook that hangs is stopped, told, and packets flow', async () => {
    const { keeper, asked } = keeperWith({ createHook: hookScript('sleep 600'), hookTimeoutMs: 200 });
    keeper.handle({ type: 'endpoint-created', ...names });
    await until('ready', () => asked.length === 1);
    expect(keeper.counts('CREATE')).toMatchObject({ timedOut: 1 });
  });

  test('an end during a CREATE hook stops the hook, then runs DESTROY', async () => {
    const trace = traceFile();
    const started = traceFile();
    const { keeper, asked } = keeperWith({
      createHook: hookScript(`touch ${started}`, 'sleep 600'),
      destroyHook: tracing(trace),
    });
    keeper.handle({ type: 'endpoint-created', ...names });
    await until('the hook to run', () => existsSync(started));
    await keeper.stop();
    expect(readFileSync(trace, 'utf8')).toBe('DESTROY\n');
    expect(asked).toEqual(['remove 123456789ab0000']);
  });

  test('an endpoint that lost its interface gets its DESTROY hook once and is removed', async () => {
    const trace = traceFile();
    const { keeper, asked } = keeperWith({ destroyHook: tracing(trace) });
    keeper.handle({ type: 'endpoint-created', ...names });
    await until('ready', () => asked.length === 1);
    keeper.handle({ type: 'tun-lost', ...names, device: names.gwi });
    keeper.handle({ type: 'endpoint-idle', ...names, idleSeconds: 1 });
    await until('removed', () => keeper.endpoints.length === 0);
    expect(readFileSync(trace, 'utf8')).toBe('DESTROY\n');
    expect(asked.filter((line) => line.startsWith('remove'))).toHaveLength(1);
  });

  test('a burst of endpoints is not a burst of processes', async () => {
    const gate = traceFile();
    const { keeper } = keeperWith({ createHook: hookScript(`while [ ! -e ${gate} ]; do sleep 0.05; done`) });
    for (let id = 1n; id <= 40n; id++) keeper.handle({ type: 'endpoint-created', ...names, eniId: id });
    await until('hooks to run', () => keeper.counts('CREATE').running === 8);
    expect(keeper.counts('CREATE').started).toBe(8);
    writeFileSync(gate, '');
    await until('all to be ready', () => keeper.endpoints.every(({ phase }) => phase === 'ready'), 20_000);
    expect(keeper.counts('CREATE').succeeded).toBe(40);
  });
});
