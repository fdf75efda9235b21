import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createNamespace, type Namespace, runProcess, suite, temporaryDirectory } from '@net/testing';
import { execFileSync } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import {
  applyPlan,
  type DesiredState,
  IprouteBatchError,
  IprouteCommandError,
  IprouteError,
  isEmptyPlan,
  lookupRoute,
  observe,
  type Ownership,
  planChanges,
  readNftables,
  restorePlan,
  watch,
  type WatchEvent,
} from '../src/index.js';

const ownership: Ownership = {
  protocol: 146,
  tables: { first: 42_000, last: 42_999 },
  priorities: { first: 9_990, last: 11_999 },
  nftTable: { family: 'inet', name: 'owned' },
};
const desired: DesiredState = {
  routes: [
    { family: 'inet', destination: '10.0.0.0/24', device: 'eth0', table: 42_000, reason: 'link' },
    {
      family: 'inet',
      destination: '0.0.0.0/0',
      gateway: '10.0.0.1',
      device: 'eth0',
      onLink: true,
      table: 42_000,
      reason: 'out',
    },
    { family: 'inet', type: 'throw', destination: '10.0.0.16/28', table: 42_000, reason: 'detour' },
    {
      family: 'inet',
      destination: '192.0.2.0/24',
      gateway: '10.0.0.9',
      device: 'eth0',
      metric: 7,
      mtuBytes: 1400,
      preferredSource: '10.0.0.5',
      table: 42_001,
      reason: 'all parts',
    },
    { family: 'inet6', destination: '2001:db8::/64', device: 'eth0', table: 42_000, reason: 'link' },
    {
      family: 'inet6',
      destination: '::/0',
      gateway: 'fe80::1',
      device: 'eth0',
      onLink: true,
      table: 42_000,
      reason: 'out',
    },
    { family: 'inet6', type: 'throw', destination: '2001:db8:0:1::/80', table: 42_000, reason: 'detour' },
    {
      family: 'inet6',
      type: 'unreachable',
      destination: '2001:db8:dead::/48',
      table: 42_001,
      reason: 'nowhere',
    },
  ],
  rules: [
    {
      family: 'inet',
      priority: 9_990,
      source: '10.0.0.5',
      destination: '10.0.0.0/24',
      table: 42_000,
      reason: 'r',
    },
    { family: 'inet', priority: 9_995, mark: 0x10000, markMask: 0xff0000, table: 42_000, reason: 'r' },
    { family: 'inet', priority: 9_996, inputDevice: 'eth0', outputDevice: 'lo', table: 42_000, reason: 'r' },
    { family: 'inet', priority: 9_999, table: 254, suppressPrefixLength: 0, reason: 'r' },
    { family: 'inet6', priority: 10_000, source: '2001:db8::5', table: 42_000, reason: 'r' },
  ],
  nftTable: {
    body: '  chain pre {\n    type filter hook prerouting priority mangle; policy accept;\n    iifname "eth0" ct state new ct mark set 0x1\n  }',
    reason: 'marks',
  },
};

suite(
  'the kernel',
  ['netns', 'ip', 'nft'].map((name) => (name === 'netns' ? name : { command: name })) as never,
  () => {
    let ns: Namespace;
    let options: { namespace: string };
    const dump = (): string =>
      [
        ['ip', '-4', 'rule'],
        ['ip', '-6', 'rule'],
        ['ip', '-4', 'route', 'show', 'table', 'all'],
        ['ip', '-6', 'route', 'show', 'table', 'all'],
        ['nft', 'list', 'ruleset'],
      ]
        .map(([command, ...args]) => ns.exec(command!, ...args))
        .join('---\n');

    beforeEach(() => {
      ns = createNamespace('ipr');
      options = { namespace: ns.name };
      ns.exec('sysctl', '-q', '-w', 'net.ipv6.conf.default.accept_dad=0');
      for (const line of [
        'link add eth0 type veth peer name p0',
        'link set p0 up',
        'link set eth0 up',
        'addr add 10.0.0.5/24 dev eth0',
        'addr add 2001:db8::5/64 dev eth0 nodad',
      ])
        ns.ip(line);
      for (const line of [
        'rule add pref 100 fwmark 0x7 lookup 77',
        'rule add pref 9995 from 192.0.2.9 lookup 99',
        'route add 192.0.2.0/24 via 10.0.0.1 table 42500',
        'route add unreachable 203.0.113.0/24 table 77 proto 146',
      ])
        ns.ip(line);
      ns.exec(
        'nft',
        'add table ip foreign; add chain ip foreign input { type filter hook input priority 0; }; add rule ip foreign input tcp dport 22 accept',
      );
    });
    afterEach(() => ns.remove());

    const read = () => observe({ ...options, nftTable: ownership.nftTable });
    const applied = async () => {
      const before = await read();
      return await applyPlan(planChanges(before, desired, ownership), options);
    };

    test('applies everything it can plan, reads it back, and has nothing to do the second time', async () => {
      const result = await applied();
      expect(result.executed).toEqual({ inet: 8, inet6: 5, nftables: 1 });
      expect(isEmptyPlan(planChanges(await read(), desired, ownership))).toBe(true);
      // An empty plan starts no process: there is no such namespace.
      const empty = planChanges(result.after!, desired, ownership);
      expect((await applyPlan(empty, { namespace: 'none-such' })).executed).toEqual({
        inet: 0,
        inet6: 0,
        nftables: 0,
      });
    });

    test('going back leaves every dump as it was, byte by byte', async () => {
      const first = dump();
      const before = await read();
      await applied();
      expect(dump()).not.toBe(first);
      await applyPlan(restorePlan(await read(), before, ownership), options);
      expect(dump()).toBe(first);
      await applied();
      await applyPlan(planChanges(await read(), { routes: [], rules: [] }, ownership), options);
      expect(dump()).toBe(first);
    });

    test('a replaced route and a moved rule take one line each way', async () => {
      await applied();
      const before = await read();
      const routes = desired.routes.map((r) =>
        r.gateway === '10.0.0.1' ? { ...r, gateway: '10.0.0.2' } : r,
      );
      const plan = planChanges(before, { ...desired, routes }, ownership);
      expect(plan.actions.map((action) => action.kind)).toEqual(['replace-route']);
      await applyPlan(plan, options);
      expect(ns.ip('route show table 42000')).toContain('via 10.0.0.2');
      await applyPlan(restorePlan(await read(), before, ownership), options);
      expect(ns.ip('route show table 42000')).toContain('via 10.0.0.1');
    });

    test('a refused line is named with the kernel’s words and everything is taken back', async () => {
      const first = dump();
      const bad: DesiredState = {
        ...desired,
        routes: [
          ...desired.routes,
          {
            family: 'inet6',
            destination: '2001:db8:5::/48',
            gateway: '2001:db8:9999::1',
            device: 'eth0',
            table: 42_003,
            reason: 'no such neighbour',
          },
        ],
      };
      const error: unknown = await applyPlan(planChanges(await read(), bad, ownership), options).catch(
        (e: unknown) => e,
      );
      expect(error).toBeInstanceOf(IprouteBatchError);
      const batch = error as IprouteBatchError;
      expect(batch).toMatchObject({ code: 'NET_IPROUTE_BATCH', rolledBack: true });
      expect(batch.text).toContain('2001:db8:5::/48');
      expect(batch.kernelMessage).toMatch(/No route to host|Nexthop|invalid/i);
      expect(dump()).toBe(first);
    });

    test('a refused nftables script takes the routes back too', async () => {
      const first = dump();
      const bad: DesiredState = {
        ...desired,
        nftTable: { body: '  chain x {\n    nonsense here\n  }', reason: 'bad' },
      };
      const error: unknown = await applyPlan(planChanges(await read(), bad, ownership), options).catch(
        (e: unknown) => e,
      );
      expect(error).toMatchObject({ code: 'NET_IPROUTE_BATCH', rolledBack: true });
      expect(dump()).toBe(first);
    });

    test('an aborted apply is taken back', async () => {
      const first = dump();
      const folder = temporaryDirectory('iproute-abort');
      const real = execFileSync('sh', ['-c', 'command -v ip'], { encoding: 'utf8' }).trim();
      const wrapper = join(folder, 'ip');
      // Hangs after having done the IPv4 batch, and only then.
      writeFileSync(
        wrapper,
        `#!/bin/sh\n${real} "$@"\ncode=$?\ncase "$*" in *force*) ;; *"-4 -batch"*) sleep 30;; esac\nexit $code\n`,
      );
      chmodSync(wrapper, 0o755);
      const plan = planChanges(await read(), desired, ownership);
      const abort = new AbortController();
      const attempt = applyPlan(plan, { ...options, ipCommand: wrapper, signal: abort.signal });
      while (!ns.ip('rule').includes('9999:')) await new Promise((resolve) => setTimeout(resolve, 5));
      abort.abort(new Error('enough'));
      await expect(attempt).rejects.toThrow('enough');
      expect(dump()).toBe(first);
    });

    test('somebody else’s rule added twice under our mark shrinks to one', async () => {
      await applied();
      ns.ip('rule add pref 10400 from 10.9.9.9 lookup 42000 protocol 146');
      const plan = planChanges(await read(), desired, ownership);
      expect(plan.actions.map((action) => action.line)).toEqual([
        'rule del priority 10400 from 10.9.9.9/32 lookup 42000 protocol 146',
      ]);
    });

    test('names that need care are written by index', async () => {
      const strange = `a"'#\\$;`;
      ns.exec('ip', 'link', 'add', strange, 'type', 'veth', 'peer', 'name', 'p9');
      ns.exec('ip', 'link', 'set', strange, 'up');
      const want: DesiredState = {
        routes: [{ family: 'inet', destination: '10.5.0.0/24', device: strange, table: 42_000, reason: 'r' }],
        rules: [],
      };
      await applyPlan(planChanges(await read(), want, ownership), options);
      expect(isEmptyPlan(planChanges(await read(), want, ownership))).toBe(true);
    });

    test('a name that is not UTF-8 is observed and written', async () => {
      execFileSync('sh', [
        '-c',
        `ip -n ${ns.name} link add "$(printf 'w\\377')" type veth peer name p8 && ip -n ${ns.name} link set "$(printf 'w\\377')" up`,
      ]);
      const snapshot = await read();
      const name = snapshot.links.find((link) => link.name.startsWith('w'))!.name;
      expect(name).toBe('w\udcff');
      const want: DesiredState = {
        routes: [{ family: 'inet', destination: '10.5.0.0/24', device: name, table: 42_000, reason: 'r' }],
        rules: [],
      };
      await applyPlan(planChanges(snapshot, want, ownership), options);
      expect(isEmptyPlan(planChanges(await read(), want, ownership))).toBe(true);
    });

    test('observes types, kinds and foreign rules as they are', async () => {
      const snapshot = await read();
      const eth0 = snapshot.links.find((link) => link.name === 'eth0')!;
      expect(eth0).toMatchObject({ kind: 'veth', linkType: 1 });
      expect(eth0.flags).toContain('UP');
      expect(snapshot.addresses).toEqual(
        expect.arrayContaining([
          expect.objectContaining({ link: 'eth0', address: '10.0.0.5', prefixLength: 24, scope: 0 }),
        ]),
      );
      expect(snapshot.rules).toEqual(
        expect.arrayContaining([
          expect.objectContaining({ priority: 100, mark: 7, markMask: 0xffffffff, table: 77 }),
        ]),
      );
      expect(snapshot.skipped).toEqual([]);
      const ruleset = await readNftables(options);
      expect(ruleset.tables).toEqual([
        expect.objectContaining({
          name: 'foreign',
          chains: [
            expect.objectContaining({
              name: 'input',
              hook: 'input',
              priority: 0,
              rules: [expect.anything()],
            }),
          ],
        }),
      ]);
    });

    test('answers lookups', async () => {
      expect(await lookupRoute({ destination: '8.8.8.8' }, options)).toBeUndefined();
      expect(await lookupRoute({ destination: '10.0.0.77', source: '10.0.0.5' }, options)).toMatchObject({
        device: 'eth0',
        type: 'unicast',
      });
      expect(await lookupRoute({ destination: '10.0.0.5' }, options)).toMatchObject({ type: 'local' });
      await expect(lookupRoute({ destination: '$(id)' }, options)).rejects.toThrow('not an IP address');
    });

    test('tells of links, addresses, routes and rules, and comes back when ip monitor dies', async () => {
      const abort = new AbortController();
      const seen: WatchEvent[] = [];
      const topics = new Set<string>();
      let restarts = 0;
      for await (const event of watch({ ...options, signal: abort.signal })) {
        seen.push(event);
        if (event.kind === 'resync') {
          restarts += 1;
          ns.ip('link add dm0 type veth peer name dm1'.replaceAll('dm', `d${restarts}m`));
          ns.ip(`addr add 10.7.${restarts}.1/24 dev eth0`);
          ns.ip(`route add 10.8.${restarts}.0/24 via 10.0.0.1`);
          ns.ip(`rule add pref ${200 + restarts} lookup 7`);
        } else topics.add(event.topic);
        if (topics.size === 4) {
          topics.clear();
          if (restarts === 2) abort.abort();
          else killMonitors(ns.name);
        }
      }
      expect(seen.filter((event) => event.kind === 'resync')).toEqual([
        { kind: 'resync', reason: 'listening' },
        { kind: 'resync', reason: 'ip monitor was started again' },
      ]);
    });

    test('names what is missing', async () => {
      await expect(observe({ ipCommand: 'no-such-ip' })).rejects.toMatchObject({
        code: 'NET_IPROUTE_MISSING',
      });
      await expect(observe({ namespace: 'no-such-namespace' })).rejects.toBeInstanceOf(IprouteCommandError);
      await expect(observe({ namespace: '-all' })).rejects.toBeInstanceOf(IprouteError);
      await expect(observe({ namespace: '/proc/1/ns/none' })).rejects.toMatchObject({
        code: 'NET_IPROUTE_COMMAND',
      });
      await expect(
        observe({ ipCommand: 'sleep', namespace: '/proc/self/ns/net', timeoutMs: 50 }),
      ).rejects.toBeInstanceOf(IprouteError);
      await expect(observe({ namespace: `/run/netns/${ns.name}` })).resolves.toMatchObject({
        families: ['inet', 'inet6'],
      });
    });
  },
);

describe('without privilege', () => {
  test('observing works, changing says what is missing', async () => {
    const program = `
      const r = await import(process.argv[1]);
      const snapshot = await r.observe();
      const ownership = ${JSON.stringify(ownership)};
      const plan = r.planChanges(snapshot, { routes: [], rules: [{ family: 'inet', priority: 10000, source: '192.0.2.1', table: 42000, reason: 'r' }] }, { ...ownership, nftTable: undefined });
      const error = await r.applyPlan(plan).catch((e) => e);
      console.log(JSON.stringify({ links: snapshot.links.length, code: error.code }));
    `;
    const built = fileURLToPath(new URL('../dist/index.js', import.meta.url));
    const uid = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
    const result = await runProcess(process.execPath, ['--input-type=module', '-e', program, built], {
      ...uid,
      cwd: '/',
    });
    expect(result.stderr).toBe('');
    expect(JSON.parse(result.stdout)).toMatchObject({ code: 'NET_IPROUTE_PERMISSION' });
  });
});

function killMonitors(namespace: string): void {
  const pids = execFileSync('ip', ['netns', 'pids', namespace], { encoding: 'utf8' })
    .split('\n')
    .filter(Boolean);
  for (const pid of pids) process.kill(Number(pid), 'SIGKILL');
}
