import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { suite, until } from '@net/testing';

import { createScene, sabotage, type Scene } from './scene.js';

suite('killed in the middle', ['netns', { command: 'nft' }, { command: 'flock' }], () => {
  let scene: Scene;
  let first: string;
  let foreign: string;
  beforeAll(() => {
    scene = createScene();
    first = scene.dump();
    foreign = scene.foreignDump();
  });
  afterAll(() => scene.world.remove());

  // The processes that write: 1 the IPv4 batch, 2 the IPv6 batch, 3 nft.
  const steps = [1, 2, 3].flatMap((step) =>
    (['before', 'after', 'half'] as const)
      .filter((how) => how !== 'half' || step < 3)
      .map((how) => [step, how] as const),
  );

  describe.each(steps)('by SIGKILL at writing process %i, %s it', (step, how) => {
    test('apply: foreign things are untouched and the next run converges', async () => {
      const { path } = sabotage(step, how);
      expect(await scene.run(['apply', '--connmark'], { PATH: path })).toMatchObject({ signal: 'SIGKILL' });
      expect(scene.foreignDump()).toBe(foreign);
      const next = await scene.run(['apply', '--connmark']);
      expect(next).toMatchObject({ code: 0, stderr: '' });
      expect(scene.foreignDump()).toBe(foreign);
      expect((await scene.run(['flush'])).code).toBe(0);
      expect(scene.dump()).toBe(first);
    });
  });

  test.each([
    [1, 'half'],
    [2, 'before'],
    [3, 'before'],
  ] as const)('flush killed at process %i, %s it: the next flush finishes', async (step, how) => {
    await scene.run(['apply', '--connmark']);
    const { path } = sabotage(step, how);
    expect(await scene.run(['flush'], { PATH: path })).toMatchObject({ signal: 'SIGKILL' });
    expect(scene.foreignDump()).toBe(foreign);
    expect((await scene.run(['flush'])).code).toBe(0);
    expect(scene.dump()).toBe(first);
  });

  test.each([
    [1, 'half'],
    [2, 'after'],
    [3, 'after'],
  ] as const)(
    'with --confirm-within the host comes back by itself (process %i, %s it)',
    async (step, how) => {
      const { path } = sabotage(step, how);
      const killed = await scene.run(['apply', '--connmark', '--confirm-within', '1s'], { PATH: path });
      expect(killed).toMatchObject({ signal: 'SIGKILL' });
      expect(scene.dump()).not.toBe(first);
      await until('the host is as before', () => scene.dump() === first, 20_000);
    },
  );

  test('an unconfirmed change is taken back; it also brings back what was there before it', async () => {
    expect((await scene.run(['apply'])).code).toBe(0);
    const before = scene.dump();
    const result = await scene.run(['apply', '--connmark', '--confirm-within', '1s']);
    expect(result).toMatchObject({ code: 0 });
    expect(result.stderr).toContain('multi-eni-routing confirm');
    expect(scene.dump()).toContain('multi_eni_routing');
    await until('the host is as before', () => scene.dump() === before, 20_000);
    expect((await scene.run(['flush'])).code).toBe(0);
    expect(scene.dump()).toBe(first);
  });

  test('a confirmed change stays; while it waits nobody else changes anything', async () => {
    expect((await scene.run(['apply', '--confirm-within', '60s'])).code).toBe(0);
    const applied = scene.dump();
    const other = await scene.run(['apply', '--connmark']);
    expect(other).toMatchObject({ code: 1 });
    expect(other.stderr).toContain('waits for its confirmation');
    expect(await scene.run(['confirm'])).toMatchObject({ code: 0, stdout: 'kept\n' });
    expect(await scene.run(['confirm'])).toMatchObject({ code: 1 });
    expect(scene.dump()).toBe(applied);
    expect(await scene.run(['apply'])).toMatchObject({ code: 0, stdout: '0 changes\n' });
    expect((await scene.run(['flush'])).code).toBe(0);
  });

  test('rollback takes it back at once', async () => {
    expect((await scene.run(['apply', '--confirm-within', '60s'])).code).toBe(0);
    expect(await scene.run(['rollback'])).toMatchObject({ code: 0, stdout: 'taken back\n' });
    expect(scene.dump()).toBe(first);
    expect(await scene.run(['rollback'])).toMatchObject({ code: 1 });
  });

  test('two runs at once: both end well and the result is the same', async () => {
    const results = await Promise.all([scene.run(['apply']), scene.run(['apply']), scene.run(['apply'])]);
    expect(results.map((result) => result.code)).toEqual([0, 0, 0]);
    expect(await scene.run(['status'])).toMatchObject({ code: 0 });
    await scene.run(['flush']);
    expect(scene.dump()).toBe(first);
  });
});
