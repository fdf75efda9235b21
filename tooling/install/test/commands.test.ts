import { expect, test } from '@jest/globals';
import { runProcess } from '@net/testing';
import { install, run, tarballs } from './stranger.js';

// Packing and installing from the registry take their time on a busy machine.
const MINUTES = 60_000;

const apps = tarballs().filter(({ commands }) => commands.length > 0);

test.each(apps.map(({ name }) => name))(
  '%s answers --version and --help, alone in an empty folder',
  async (name) => {
    const { version, commands } = apps.find((app) => app.name === name)!;
    const alone = install(name);
    for (const command of commands) {
      const said = await run(alone, command, ['--version']);
      expect(said).toMatchObject({ code: 0, stdout: expect.stringContaining(version), stderr: '' });
      expect(await run(alone, command, ['--help'])).toMatchObject({
        code: 0,
        stdout: expect.stringMatching(/usage/i),
        stderr: '',
      });
    }
    const first = commands[0]!;
    const npx = await runProcess('npx', ['--no-install', first, '--version'], { cwd: alone.folder });
    expect(npx.stdout).toContain(version);
  },
  3 * MINUTES,
);

test(
  'a tool brings nothing that it does not need',
  () => {
    const heavy = /^(express|redis|lmdb|@redis\/.*|@net\/(geneve|geneve-native|aws-sandbox|testing))$/;
    for (const name of ['@net/aws-route-mon', '@net/multi-eni-routing', '@net/session-mirror']) {
      if (!apps.some((app) => app.name === name)) continue;
      expect(install(name).packages.filter((each) => heavy.test(each))).toEqual([]);
    }
    expect(install('@net/gwlbtun').packages.filter((each) => /aws-sdk|express|redis/.test(each))).toEqual([]);
  },
  5 * MINUTES,
);
