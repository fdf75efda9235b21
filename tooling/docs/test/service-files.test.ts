import { describe, expect, test } from '@jest/globals';
import { runProcess, temporaryDirectory } from '@net/testing';
import { writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { directive, hasProgram, readUnitFile, root, sourceFiles, textOf } from '../src/index.js';

const units = sourceFiles(/\.service$/, 'apps');

/** What each may keep, and the exposure (0 to 10) that `systemd-analyze security` may find at most. */
const allowed: Record<string, { capabilities: string; exposure: number }> = {
  'aws-route-mon.service': { capabilities: '', exposure: 2 },
  'connection-tracker.service': { capabilities: '', exposure: 2 },
  'multi-eni-routing.service': { capabilities: 'CAP_NET_ADMIN', exposure: 3 },
  'gwlbtun.service': { capabilities: 'CAP_NET_ADMIN CAP_NET_RAW', exposure: 6 },
};

test('every daemon has a unit', () => {
  expect(units.map((path) => basename(path)).sort()).toEqual(Object.keys(allowed).sort());
});

describe.each(units)('%s', (path) => {
  const unit = readUnitFile(textOf(path));
  const of = (name: string): string | undefined => directive(unit, 'Service', name);

  test('starts its program, again after a failure, with the capabilities of its list', () => {
    expect(Object.keys(unit)).toEqual(['Unit', 'Service', 'Install']);
    expect(of('ExecStart')).toMatch(
      new RegExp(`^/usr/bin/(env )?${basename(path, '.service')} (daemon|run|watch|serve)$`),
    );
    expect(of('Restart')).toBe('on-failure');
    expect(of('CapabilityBoundingSet')).toBe(allowed[basename(path)]!.capabilities);
    expect(of('AmbientCapabilities')).toBeUndefined();
    if (of('Type') === 'notify') expect(of('NotifyAccess')).toBe('all');
    expect(directive(unit, 'Install', 'WantedBy')).toBe('multi-user.target');
  });

  test('is shut in', () => {
    const common = [
      'NoNewPrivileges',
      'ProtectHome',
      'PrivateTmp',
      'ProtectKernelModules',
      'ProtectKernelLogs',
    ];
    for (const name of [...common, 'ProtectControlGroups', 'RestrictSUIDSGID', 'LockPersonality'])
      expect([name, of(name)]).toEqual([name, 'yes']);
    expect(of('ProtectSystem')).toBe('strict');
    expect(of('SystemCallArchitectures')).toBe('native');
    expect(of('RestrictAddressFamilies')).toContain('AF_INET6');
    if (of('CapabilityBoundingSet') === '') {
      expect(of('DynamicUser')).toBe('yes');
      expect(of('PrivateDevices')).toBe('yes');
      expect(of('SystemCallFilter')).toBe('~@privileged');
    }
  });

  (hasProgram('systemd-analyze') ? test : test.skip)(
    'systemd knows every directive, and finds it shut in',
    async () => {
      const copy = join(temporaryDirectory('unit'), basename(path));
      // The program is not installed here, and that is all that may be missing.
      writeFileSync(copy, textOf(path).replace(/^ExecStart=\S+ (?=run)/m, 'ExecStart=/usr/bin/env '));
      const { stderr } = await runProcess('systemd-analyze', ['verify', copy]);
      // Units of the machine may be complained about, too.
      expect(stderr.split('\n').filter((line) => line.includes(basename(path)))).toEqual([]);
      const { exposure } = allowed[basename(path)]!;
      const options = ['security', '--offline=true', '--no-pager', `--threshold=${exposure * 10}`];
      const judged = await runProcess('systemd-analyze', [...options, join(root, path)]);
      expect(judged.stdout).toContain('Overall exposure level');
      expect(judged.code).toBe(0);
    },
  );
});

test('what is no unit is refused', () => {
  expect(() => readUnitFile('[Service]\nExecStart /bin/true')).toThrow('line 2');
  expect(() => readUnitFile('Type=exec')).toThrow('line 1');
});
