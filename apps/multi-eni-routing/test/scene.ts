import {
  type RunResult,
  runProcess,
  type StartedProcess,
  startProcess,
  temporaryDirectory,
} from '@net/testing';
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { createWorld, type World, worldEnis } from '../src/demo/world.js';

export const program: string = fileURLToPath(new URL('../bin/multi-eni-routing.js', import.meta.url));

/** Every address of the host in the demonstration's world. */
export const hostAddresses: readonly string[] = worldEnis.flatMap((eni) => eni.addresses);

/** A world with the tool aimed at its host. */
export interface Scene {
  readonly world: World;
  readonly stateDirectory: string;
  /** The tool's arguments that aim it at the host. */
  readonly aim: readonly string[];
  run(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<RunResult>;
  start(args: readonly string[], env?: Readonly<Record<string, string>>): StartedProcess;
  /** Full dumps of the host: rules, routes of all tables, nftables, iptables. */
  dump(): string;
  /** The dumps without what carries our mark. */
  foreignDump(): string;
}

export function createScene(options: { readonly hostRpFilter?: 0 | 1 | 2 } = {}): Scene {
  const world = createWorld(`mer${process.pid}${randomBytes(2).toString('hex')}`, options);
  const stateDirectory = join(temporaryDirectory('mer'), 'state');
  const { host } = world;
  // Things of others that must stay as they are.
  for (const line of [
    'rule add pref 50 fwmark 0x7 lookup 77',
    'rule add pref 10000 from 192.0.2.9 lookup 78',
    'rule add pref 9999 lookup main suppress_prefixlength 3',
    '-6 rule add pref 10001 from 2001:db8:77::/64 lookup 78',
    'route add 192.0.2.0/24 via 10.0.1.1 table 77',
    'route add blackhole 203.0.113.0/24 table 78 proto 146',
  ])
    world.exec(host, 'ip', ...line.split(' '));
  world.exec(
    host,
    'iptables',
    '-t',
    'mangle',
    '-A',
    'FORWARD',
    '-p',
    'tcp',
    '-j',
    'TCPMSS',
    '--clamp-mss-to-pmtu',
    '--tcp-flags',
    'SYN,RST',
    'SYN',
  );
  world.exec(host, 'iptables', '-A', 'INPUT', '-p', 'tcp', '--dport', '22', '-j', 'ACCEPT');
  world.exec(host, 'ip6tables', '-A', 'INPUT', '-p', 'tcp', '--dport', '22', '-j', 'ACCEPT');
  world.exec(
    host,
    'nft',
    'add table inet foreign; add chain inet foreign in { type filter hook input priority 0; }; add rule inet foreign in tcp dport 23 drop',
  );
  const aim = [
    '-n',
    host,
    '--state-dir',
    stateDirectory,
    '--source',
    'kernel',
    '-i',
    'en*,odd*',
    '--prefix',
    'enX2=10.0.2.16/28',
  ];
  const env = (extra: Readonly<Record<string, string>> = {}): Record<string, string | undefined> => ({
    ...process.env,
    ...extra,
  });
  const sections = (): string[][] =>
    [
      ['ip', '-d', '-4', 'rule'],
      ['ip', '-d', '-6', 'rule'],
      ['ip', '-d', '-4', 'route', 'show', 'table', 'all'],
      ['ip', '-d', '-6', 'route', 'show', 'table', 'all'],
      ['nft', '-s', 'list', 'ruleset'],
      ['iptables-save'],
      ['ip6tables-save'],
    ].map(([command, ...args]) =>
      world
        .exec(host, command!, ...args)
        .split('\n')
        .filter((line) => !line.startsWith('#')),
    );
  return {
    world,
    stateDirectory,
    aim,
    run: (args, extra) => runProcess(process.execPath, [program, ...args, ...aim], { env: env(extra) }),
    start: (args, extra) => startProcess(process.execPath, [program, ...args, ...aim], { env: env(extra) }),
    dump: () =>
      sections()
        .map((lines) => lines.join('\n'))
        .join('\n---\n'),
    foreignDump: () =>
      sections()
        .map((lines) =>
          withoutOurTable(
            lines.filter((line) => !line.includes('table 42') && !/lookup .*proto 146/.test(line)),
          ).join('\n'),
        )
        .join('\n---\n'),
  };
}

function withoutOurTable(lines: readonly string[]): string[] {
  const start = lines.indexOf('table inet multi_eni_routing {');
  if (start < 0) return [...lines];
  const end = lines.indexOf('}', start);
  const rest = [...lines.slice(0, start), ...lines.slice(end + 1)];
  return rest.filter((line, index) => !(line === '' && rest[index - 1] === '' && index === start));
}

let sabotageFolder: string | undefined;
let sabotages = 0;

/**
 * A folder with an `ip` that counts the processes that write and does as told at the n-th: kills its parent
 * before or after the real program ran, or after half of the batch. `log` gets one line per writing process.
 */
export function sabotage(
  step: number,
  how: 'before' | 'after' | 'half' | 'never',
): { readonly path: string; readonly log: string } {
  sabotageFolder ??= temporaryDirectory('sabotage');
  const folder = join(sabotageFolder, String(sabotages++));
  mkdirSync(folder);
  const log = join(folder, 'log');
  writeFileSync(log, '');
  writeFileSync(
    join(folder, 'ip'),
    `#!/bin/sh
PATH=\${PATH#${folder}:}
case " $* " in
  *" -j "*) exec ip "$@" ;;
  *" -batch "* | *" nft -f "*) ;;
  *) exec ip "$@" ;;
esac
echo "$*" >>${log}
number=$(wc -l <${log})
[ "$number" -eq ${step} ] || exec ip "$@"
case ${how} in
  before) kill -KILL $PPID; exit 1 ;;
  after) ip "$@"; kill -KILL $PPID; exit 1 ;;
  half)
    case " $* " in
      *" -batch "*) cat >${folder}/batch; head -n $(( $(wc -l <${folder}/batch) / 2 )) ${folder}/batch | ip "$@" ;;
    esac
    kill -KILL $PPID
    exit 1 ;;
esac
exec ip "$@"
`,
  );
  chmodSync(join(folder, 'ip'), 0o755);
  return { path: `${folder}:${process.env['PATH'] ?? ''}`, log };
}
