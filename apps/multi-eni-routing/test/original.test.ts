import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createNamespace, type Namespace, suite, temporaryDirectory } from '@net/testing';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { hasLeftovers, importOriginal, planImport, readOriginal } from '../src/original.js';

const distributed = '#\n# reserved values\n#\n255\tlocal\n254\tmain\n253\tdefault\n0\tunspec\n';

describe('import', () => {
  test('finds nothing on a host that never had the original', () => {
    const state = {
      rtTables: `${distributed}10\tvpn\n`,
      rules: [{ mark: 10, table: 10, priority: 5 }],
      routes: [{ table: 10, device: 'eth0', gateway: '10.0.0.1' }],
      iptables: {
        mangle: ['-A PREROUTING -i eth0 -j connrestore', '-N connrestore'],
        nat: ['-A POSTROUTING -o eth0 -j MASQUERADE'],
        filter: [],
      },
    };
    expect(hasLeftovers(planImport(state))).toBe(false);
  });
});

suite('import on a host the original ran on', ['netns', { command: 'iptables' }], () => {
  let ns: Namespace;
  let root: string;
  beforeAll(() => {
    ns = createNamespace('orig');
    root = temporaryDirectory('original');
    mkdirSync(join(root, 'etc/iproute2'), { recursive: true });
  });
  afterAll(() => ns.remove());

  test('removes exactly that, and everything else stays byte by byte', async () => {
    const iptables = (line: string): string => ns.exec('iptables', ...line.split(' '));
    const dump = (): string =>
      ns.exec('iptables-save').replace(/^#.*$/gm, '') +
      ns.exec('ip', 'rule') +
      ns.exec('ip', 'route', 'show', 'table', 'all');
    for (const index of [0, 1]) {
      ns.ip(`link add eth${index} type veth peer name p${index}`);
      ns.ip(`link set eth${index} up`);
      ns.ip(`addr add 10.0.${index}.5/24 dev eth${index}`);
    }
    // Others' things, some of them close to the original's.
    ns.ip('rule add fwmark 50 lookup 50');
    ns.ip('rule add fwmark 10/0xff lookup 10');
    iptables('-t mangle -A PREROUTING -i eth0 -j MARK --set-mark 99');
    iptables('-t nat -A POSTROUTING -o eth7 -j MASQUERADE');
    iptables('-A OUTPUT -o eth0 -p tcp -j ACCEPT');
    writeFileSync(join(root, 'etc/iproute2/rt_tables'), `${distributed}50\tvpn\n`);
    const before = dump();
    // What the original writes, in its order.
    writeFileSync(join(root, 'etc/iproute2/rt_tables'), `${distributed}50\tvpn\n10\trt_eth0\n11\trt_eth1\n`);
    iptables('-t mangle -N connrestore');
    iptables(
      '-t mangle -A connrestore -m conntrack --ctstate ESTABLISHED,RELATED -j CONNMARK --restore-mark',
    );
    iptables('-t mangle -A connrestore -m state --state ESTABLISHED,RELATED -j CONNMARK --restore-mark');
    for (const [index, table] of [
      [0, 10],
      [1, 11],
    ] as const) {
      ns.ip(`route add default via 10.0.${index}.1 dev eth${index} table ${table}`);
      ns.ip(`rule add fwmark ${table} lookup ${table}`);
      iptables(`-t mangle -N rt_eth${index}`);
      iptables(`-t mangle -A rt_eth${index} -j MARK --set-mark ${table}`);
      iptables(`-t mangle -A rt_eth${index} -j CONNMARK --save-mark`);
      iptables(`-t mangle -A PREROUTING -i eth${index} -j connrestore`);
      iptables(`-t mangle -A PREROUTING -i eth${index} -j rt_eth${index}`);
      iptables(`-t mangle -A OUTPUT -o eth${index} -j CONNMARK --restore-mark`);
      iptables(`-A OUTPUT -o eth${index} -m state --state ESTABLISHED,RELATED -j ACCEPT`);
      iptables(`-t nat -A POSTROUTING -o eth${index} -j MASQUERADE`);
    }
    const run = { namespace: ns.name };
    const plan = planImport(await readOriginal(run, root));
    expect(plan.summary).toEqual([
      '2 rules on a mark',
      '2 default routes',
      '16 iptables rules',
      '3 iptables chains',
      '2 names in rt_tables',
    ]);
    expect(await importOriginal(plan, run, root)).toEqual([]);
    expect(dump()).toBe(before);
    expect(readFileSync(join(root, 'etc/iproute2/rt_tables'), 'utf8')).toBe(`${distributed}50\tvpn\n`);
    expect(hasLeftovers(planImport(await readOriginal(run, root)))).toBe(false);
  });
});
