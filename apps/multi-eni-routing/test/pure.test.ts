import { describe, expect, test } from '@jest/globals';
import type { DesiredState, Snapshot } from '@net/iproute';
import { temporaryDirectory } from '@net/testing';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { runApp } from '../src/app.js';
import { planDemo } from '../src/demo/index.js';
import { recordedHost } from '../src/demo/recorded-host.js';
import { diagnose, type Symptoms } from '../src/doctor.js';
import { planHoldingBack } from '../src/hold-back.js';
import { install, uninstall } from '../src/install.js';
import { matchesPattern } from '../src/interfaces.js';
import { initScript, systemdUnit } from '../src/service-files.js';
import { checkSettings, defaultSettings, ownershipOf } from '../src/settings.js';
import { parseFacts } from '../src/sources/file.js';

const ownership = ownershipOf(defaultSettings);
const rule = (source: string, table: number) => ({
  family: 'inet' as const,
  priority: 10_000 + (table - 42_000),
  source,
  table,
  reason: 'r',
});

function having(...rules: { source: string; table: number }[]): Snapshot {
  return {
    ...recordedHost,
    rules: rules.map((item) => ({
      family: 'inet' as const,
      priority: 10_000 + (item.table - 42_000),
      not: false,
      source: `${item.source}/32`,
      destination: undefined,
      tos: 0,
      mark: undefined,
      markMask: undefined,
      inputDevice: undefined,
      outputDevice: undefined,
      action: 'lookup' as const,
      table: item.table,
      target: undefined,
      suppressPrefixLength: undefined,
      protocol: 146,
      unknown: [],
    })),
  };
}

describe('removals', () => {
  const wanted: DesiredState = { routes: [], rules: [rule('10.0.0.1', 42_000)] };
  const snapshot = having({ source: '10.0.0.1', table: 42_000 }, { source: '10.0.0.2', table: 42_001 });

  test('wait until enough trustworthy readings in a row agree', () => {
    let history: ReadonlyMap<string, number> = new Map();
    const counts = [true, false, true, true].map((authoritative) => {
      const result = planHoldingBack(snapshot, wanted, ownership, history, { authoritative, needed: 3 });
      history = result.history;
      return [result.plan.actions.length, result.held.length];
    });
    expect(counts).toEqual([
      [0, 1],
      [0, 1],
      [0, 1],
      [1, 0],
    ]);
  });

  test('begin again when a reading wants the thing after all', () => {
    const both: DesiredState = { routes: [], rules: [rule('10.0.0.1', 42_000), rule('10.0.0.2', 42_001)] };
    const first = planHoldingBack(snapshot, wanted, ownership, new Map(), { authoritative: true, needed: 2 });
    const second = planHoldingBack(snapshot, both, ownership, first.history, {
      authoritative: true,
      needed: 2,
    });
    const third = planHoldingBack(snapshot, wanted, ownership, second.history, {
      authoritative: true,
      needed: 2,
    });
    expect([first, second, third].map((item) => item.plan.actions.length)).toEqual([0, 0, 0]);
  });

  test('an address that moved to another interface moves at once', () => {
    const moved: DesiredState = { routes: [], rules: [rule('10.0.0.1', 42_000), rule('10.0.0.2', 42_000)] };
    const result = planHoldingBack(snapshot, moved, ownership, new Map(), {
      authoritative: false,
      needed: 3,
    });
    expect(result.plan.actions.map((action) => action.kind)).toEqual(['add-rule', 'remove-rule']);
  });
});

describe('settings and sources', () => {
  test.each([
    [{ priority: 5 }, 'priority 5'],
    [{ table: 254 }, 'table 254'],
    [{ protocol: 4 }, 'protocol 4'],
    [{ connmarkMask: 0x5 }, 'adjacent'],
  ])('%j is refused', (change, words) => {
    expect(() => checkSettings({ ...defaultSettings, ...change })).toThrow(words);
  });

  test('patterns', () => {
    expect(matchesPattern('ens5', ['eth0', 'en*'])).toBe(true);
    expect(matchesPattern('eth10', ['eth?'])).toBe(false);
    expect(matchesPattern('a.b', ['a?b'])).toBe(true);
    expect(matchesPattern('axb', ['a.b'])).toBe(false);
    expect(matchesPattern('(]', ['(*'])).toBe(true);
  });

  test.each([
    [[], 'must hold a list'],
    [{ interfaces: [{}] }, 'interfaces[0]: needs a name or a mac'],
    [{ interfaces: [{ name: 'eth1', adresses: [] }] }, 'unknown key "adresses"'],
    [
      { interfaces: [{ name: 'eth1', addresses: ['10.0.0.1/24'] }] },
      'interfaces[0].addresses[0]: must be an IP address',
    ],
    [{ interfaces: [{ mac: 'zz' }] }, 'interfaces[0].mac'],
  ])('the file %j is refused with its place', (document, words) => {
    expect(() => parseFacts(document, 'f.json')).toThrow(words);
  });

  test('the recorded host has a plan without conflicts', async () => {
    const plan = await planDemo();
    expect(plan.conflicts).toEqual([]);
    expect(plan.actions.length).toBeGreaterThan(15);
  });
});

describe('the doctor', () => {
  const files: Record<string, string> = {
    'etc/netplan/60-eni.yaml':
      'network:\n  ethernets:\n    ens6:\n      routing-policy:\n        - from: 10.0.1.20\n',
    'etc/netplan/50-cloud-init.yaml': 'network: {ethernets: {ens6: {routes: [{table: 101}]}}}\n',
    'usr/lib/systemd/system/policy-routes@.service': '',
    'run/systemd/netif/links/2': '',
    'proc/sys/net/ipv4/conf/all/rp_filter': '0\n',
    'proc/sys/net/ipv4/conf/ens6/rp_filter': '1\n',
  };
  const symptoms = (extra: Record<string, string> = {}): Symptoms => {
    const all = { ...files, ...extra };
    return {
      snapshot: {
        ...recordedHost,
        rules: [
          ...recordedHost.rules,
          ...having({ source: '10.9.9.9', table: 99 }).rules.map((item) => ({
            ...item,
            priority: 10_005,
            protocol: 4,
          })),
        ],
      },
      ruleset: undefined,
      settings: { ...defaultSettings, connmark: true },
      managed: ['ens5', 'ens6'],
      file: (path) => all[path],
      folder: (path) => [
        ...new Set(
          Object.keys(all)
            .filter((name) => name.startsWith(`${path}/`))
            .map((name) => name.slice(path.length + 1).split('/')[0]!),
        ),
      ],
    };
  };

  test('names who else writes here, what clashes, and what to do', () => {
    const ids = diagnose(symptoms()).map((item) => item.id);
    expect(ids).toEqual([
      'networkd-foreign-rules',
      'netplan-routing-policy',
      'cloud-init-network',
      'amazon-ec2-net-utils',
      'container-bridges',
      'foreign-rules-in-block',
      'strict-rp-filter',
    ]);
  });

  test('is content with networkd that was told to leave others alone', () => {
    const told = {
      'etc/systemd/networkd.conf.d/90.conf':
        '[Network]\nManageForeignRoutingPolicyRules=no\nManageForeignRoutes = no\n',
    };
    expect(diagnose(symptoms(told)).map((item) => item.id)).not.toContain('networkd-foreign-rules');
  });
});

describe('the service', () => {
  const service = {
    node: '/usr/bin/node',
    program: "/opt/it's/mer.js",
    options: ['--interface=en*', '--exclude=a b$c%'],
  };
  const options = { ...service, networkd: true, start: true };

  test('is written once, and removed only when it is ours', async () => {
    const root = temporaryDirectory('install');
    expect(await install({ ...options, kind: 'systemd', root })).toHaveLength(2);
    expect(await install({ ...options, kind: 'systemd', root })).toEqual([]);
    expect(await uninstall(root)).toHaveLength(2);
    const path = join(root, 'etc/init.d/multi-eni-routing');
    mkdirSync(join(root, 'etc/init.d'), { recursive: true });
    writeFileSync(path, '#!/bin/sh\n# the original\n');
    await expect(install({ ...options, kind: 'init', root })).rejects.toThrow('was not written by this tool');
    expect(await uninstall(root)).toEqual([]);
    expect(existsSync(path)).toBe(true);
    mkdirSync(join(root, 'run/systemd/system'), { recursive: true });
    expect(await install({ ...options, networkd: false, kind: 'auto', root })).toEqual([
      `wrote ${join(root, 'etc/systemd/system/multi-eni-routing.service')}`,
    ]);
  });

  test('the words of its options arrive as they were given', () => {
    expect(systemdUnit(service)).toContain(
      `ExecStart=/usr/bin/node "/opt/it's/mer.js" watch "--interface=en*" "--exclude=a b$$c%%"\n`,
    );
    const folder = temporaryDirectory('init');
    const program = join(folder, "it's.sh");
    writeFileSync(program, 'printf "%s\\n" "$@" >>"$OUT"\n');
    const script = join(folder, 'script');
    writeFileSync(
      script,
      initScript({ ...service, node: '/bin/sh', program }).replace(
        '/run/multi-eni-routing.pid',
        join(folder, 'pid'),
      ),
    );
    const out = join(folder, 'out');
    execFileSync('sh', [script, 'stop'], { env: { ...process.env, OUT: out } });
    expect(readFileSync(out, 'utf8')).toBe('flush\n--interface=en*\n--exclude=a b$c%\n');
    expect(() => execFileSync('sh', ['-n', script])).not.toThrow();
  });
});

describe('the command line', () => {
  const run = async (...argv: string[]): Promise<{ code: number; stderr: string }> => {
    const { PassThrough } = await import('node:stream');
    const stderr = new PassThrough();
    let text = '';
    stderr.on('data', (chunk) => (text += String(chunk)));
    const code = await runApp({
      argv,
      stdout: new PassThrough().resume(),
      stderr,
      env: {},
      signal: new AbortController().signal,
    });
    return { code, stderr: text };
  };

  test.each([
    [['--bogus']],
    [['apply', '--priority', 'x']],
    [['explain', 'one', 'two']],
    [['--source', 'file']],
    [['--confirm-within', '0s']],
  ])('wrong usage is 1, as in the original: %j', async (argv) => {
    const { code, stderr } = await run(...argv);
    expect(code).toBe(1);
    expect(stderr.split('\n')).toHaveLength(2);
  });

  test('one interface is 2, as in the original', async () => {
    expect((await run('plan', '--source', 'kernel', '-i', 'no-such-interface')).code).toBe(2);
  });
});
