import { describe, expect, test } from '@jest/globals';
import { until } from '@net/testing';
import { endpointNames } from '@net/geneve';
import { runHook } from '../../src/hooks/run-hook.js';
import { hookScript, traceFile } from './hook-scripts.js';
import { existsSync, readFileSync } from 'node:fs';

const names = endpointNames(0x0123456789ab0000n);

describe('a hook', () => {
  test('gets four arguments and the same in its environment', async () => {
    const command = hookScript(
      'echo "$#|$1|$2|$3|$4"',
      'echo "$GWLBTUN_EVENT|$GWLBTUN_IN|$GWLBTUN_OUT|$GWLBTUN_ENI|$GWLBTUN_ENI_HEX16"',
    );
    const outcome = await runHook({ command, event: 'CREATE', names, timeoutMs: 20_000 });
    expect(outcome).toMatchObject({ succeeded: true, ending: 'exit', exitCode: 0 });
    expect(outcome.output.split('\n')).toEqual([
      '4|CREATE|gwi-887epl1g9A|gwo-887epl1g9A|00123456789ab0000',
      'CREATE|gwi-887epl1g9A|gwo-887epl1g9A|00123456789ab0000|0123456789ab0000',
      '',
    ]);
  });

  test('keeps its own arguments in front', async () => {
    const command = { ...hookScript('echo "$@"'), args: ['--mode', 'a b; $(id)'] };
    const outcome = await runHook({ command, event: 'DESTROY', names, timeoutMs: 20_000 });
    expect(outcome.output).toBe(
      '--mode a b; $(id) DESTROY gwi-887epl1g9A gwo-887epl1g9A 00123456789ab0000\n',
    );
  });

  test('that fails is seen to fail, with status and output', async () => {
    const outcome = await runHook({
      command: hookScript('echo broken >&2', 'exit 7'),
      event: 'CREATE',
      names,
      timeoutMs: 20_000,
    });
    expect(outcome).toMatchObject({ succeeded: false, ending: 'exit', exitCode: 7, output: 'broken\n' });
    expect(outcome.summary).toMatch(/^CREATE hook ended with status 7 after /);
  });

  test('that is not there any more is no crash', async () => {
    const outcome = await runHook({
      command: { file: '/nonexistent/hook', args: [] },
      event: 'CREATE',
      names,
      timeoutMs: 1000,
    });
    expect(outcome).toMatchObject({ succeeded: false, ending: 'not-started' });
  });

  test('that kills itself', async () => {
    const outcome = await runHook({
      command: hookScript('kill -9 $$'),
      event: 'CREATE',
      names,
      timeoutMs: 20_000,
    });
    expect(outcome).toMatchObject({ succeeded: false, ending: 'signal', signal: 'SIGKILL' });
  });

  test('that hangs is stopped with everything it started', async () => {
    const trace = traceFile();
    const command = hookScript(`sleep 600 & echo $! > ${trace}`, 'trap "" TERM', 'sleep 600', 'sleep 600');
    const outcome = await runHook({ command, event: 'CREATE', names, timeoutMs: 300 });
    expect(outcome).toMatchObject({ succeeded: false, ending: 'timeout' });
    const child = readFileSync(trace, 'utf8').trim();
    await until(
      'the child of the hook to be gone',
      () =>
        !existsSync(`/proc/${child}`) || /^State:\s+Z/m.test(readFileSync(`/proc/${child}/status`, 'utf8')),
    );
  });

  test('is stopped when its run is aborted', async () => {
    const controller = new AbortController();
    const running = runHook({
      command: hookScript('sleep 600'),
      event: 'CREATE',
      names,
      timeoutMs: 600_000,
      signal: controller.signal,
    });
    controller.abort();
    expect((await running).ending).toBe('timeout');
  });

  test('that leaves a background process with its pipes does not hold anybody up', async () => {
    const trace = traceFile();
    const outcome = await runHook({
      command: hookScript(`sleep 600 & echo $! > ${trace}`, 'echo started'),
      event: 'CREATE',
      names,
      timeoutMs: 20_000,
    });
    expect(outcome).toMatchObject({ succeeded: true, output: 'started\n' });
    process.kill(Number(readFileSync(trace, 'utf8')), 'SIGKILL');
  });

  test('that talks without end is cut short', async () => {
    const outcome = await runHook({
      command: hookScript('head -c 5000000 /dev/zero | tr "\\0" x'),
      event: 'CREATE',
      names,
      timeoutMs: 20_000,
    });
    expect(outcome.succeeded).toBe(true);
    expect(outcome.output).toHaveLength(16_384);
  });
});
