import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { temporaryDirectory } from '@net/testing';
import { programHooks } from '../../src/monitor/hooks.js';
import { runOnce } from '../../src/monitor/run-once.js';
import { createSandboxVpc } from './sandbox-vpc.js';

describe('hooks', () => {
  test('a program that takes too long is killed', async () => {
    const directory = temporaryDirectory('hooks');
    const program = join(directory, 'slow');
    await writeFile(program, '#!/bin/sh\nexec sleep 60\n');
    await chmod(program, 0o755);
    const none = {
      beforeClaim: undefined,
      afterClaim: undefined,
      beforeRelease: undefined,
      afterRelease: undefined,
    };
    const hooks = programHooks({ ...none, beforeRelease: program, timeoutMs: 100 });
    expect(await hooks.before('release', [])).toEqual({
      ok: false,
      detail: `${program} was ended by SIGKILL (limit 100 ms)`,
    });
    expect(await hooks.before('claim', [])).toBeUndefined();
  });

  test('run around a claim, are told the routes, and one that fails before it prevents it', async () => {
    const directory = temporaryDirectory('hooks');
    const vpc = await createSandboxVpc();
    const api = await vpc.openApi();
    try {
      vpc.killOwner();
      const told = join(directory, 'told');
      const program = join(directory, 'hook');
      await writeFile(program, `#!/bin/sh\necho "$1 $2" >> ${told}\ncat >> ${told}\n`);
      await chmod(program, 0o755);
      const hooks = (beforeClaim: string): ReturnType<typeof programHooks> =>
        programHooks({
          beforeClaim,
          afterClaim: program,
          beforeRelease: undefined,
          afterRelease: undefined,
          timeoutMs: 5_000,
        });
      for (const failing of ['/bin/false', '/no/such/program']) {
        const refused = await runOnce(vpc.monitor(api, {}, { hooks: hooks(failing) }));
        expect(refused.outcomes).toMatchObject([{ status: 'not-started' }]);
      }
      expect(vpc.count('ReplaceRoute')).toBe(0);
      const claimed = await runOnce(vpc.monitor(api, {}, { hooks: hooks(program) }));
      expect(claimed.outcomes).toMatchObject([{ status: 'done' }]);
      const text = await readFile(told, 'utf8');
      expect(text).toContain(`before-claim ${vpc.id('nat-1/eni')}`);
      expect(text).toContain(`after-claim ${vpc.id('nat-1/eni')}`);
      expect(text).toContain(`"routeTable":"${vpc.id('table-1')}"`);
    } finally {
      api.close();
      await vpc.close();
    }
  });
});
