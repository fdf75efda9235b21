import { existsSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { RunOptions } from '@net/iproute';
import { observe } from '@net/iproute';

import { runTool, type ToolRun } from './tool.js';

/** What the original script may have left on a host. */
export interface OriginalState {
  /** Text of /etc/iproute2/rt_tables; undefined when there is none. */
  readonly rtTables: string | undefined;
  /** Rules as `mark`, `table` and count. */
  readonly rules: readonly { readonly mark: number; readonly table: number; readonly priority: number }[];
  /** Default routes in the original's tables. */
  readonly routes: readonly { readonly table: number; readonly device: string; readonly gateway: string }[];
  /** `iptables -t mangle -S`, `-t nat -S` and `-t filter -S`; empty without iptables. */
  readonly iptables: Readonly<Record<'mangle' | 'nat' | 'filter', readonly string[]>>;
}

/** What removes the leftovers and nothing else. */
export interface ImportPlan {
  /** Commands in order, each a program with its arguments. */
  readonly commands: readonly (readonly [string, ...string[]])[];
  /** The new text of rt_tables; undefined when it stays. */
  readonly rtTables: string | undefined;
  readonly summary: readonly string[];
}

/** Reads what the original may have left; changes nothing. */
export async function readOriginal(run: RunOptions, root = '/'): Promise<OriginalState> {
  const snapshot = await observe({ ...run, families: ['inet'] });
  const list = async (table: string): Promise<string[]> => {
    const result = await runTool(['iptables', '-w', '-t', table, '-S'], run);
    return result.exitCode === 0 ? result.stdout.split('\n').filter((line) => line !== '') : [];
  };
  const path = join(root, 'etc/iproute2/rt_tables');
  return {
    rtTables: existsSync(path) ? readFileSync(path, 'latin1') : undefined,
    rules: snapshot.rules.flatMap((rule) =>
      rule.mark !== undefined &&
      rule.markMask === 0xffffffff &&
      rule.table !== undefined &&
      rule.unknown.length === 0
        ? [{ mark: rule.mark, table: rule.table, priority: rule.priority }]
        : [],
    ),
    routes: snapshot.routes.flatMap((route) =>
      route.destination === '0.0.0.0/0' && route.device !== undefined && route.gateway !== undefined
        ? [{ table: route.table, device: route.device, gateway: route.gateway }]
        : [],
    ),
    iptables: { mangle: await list('mangle'), nat: await list('nat'), filter: await list('filter') },
  };
}

/**
 * Finds exactly what the original made: lines `N rt_ethX` of rt_tables from number 10 up, the rules on mark N
 * into table N, the default routes through ethX in it, its chains of the mangle table and the rules that jump
 * to them or belong to the same interfaces. A host without the names in rt_tables has nothing of it. Pure.
 */
export function planImport(state: OriginalState): ImportPlan {
  const named = new Map<number, string>();
  for (const line of (state.rtTables ?? '').split('\n')) {
    const match = /^(\d{1,3})\trt_(eth\d)$/.exec(line);
    if (match?.[1] !== undefined && match[2] !== undefined && Number(match[1]) >= 10)
      named.set(Number(match[1]), match[2]);
  }
  const chains = new Map<string, number>();
  for (const [number, device] of named) chains.set(`rt_${device}`, number);
  const commands: [string, ...string[]][] = [];
  const summary: string[] = [];
  const note = (count: number, what: string): void => {
    if (count > 0) summary.push(`${count} ${what}`);
  };
  const rules = state.rules.filter((rule) => rule.mark === rule.table && named.has(rule.table));
  for (const rule of rules)
    commands.push([
      'ip',
      '-4',
      'rule',
      'del',
      'priority',
      String(rule.priority),
      'fwmark',
      String(rule.mark),
      'lookup',
      String(rule.table),
    ]);
  note(rules.length, 'rules on a mark');
  const routes = state.routes.filter((route) => named.get(route.table) === route.device);
  for (const route of routes)
    commands.push([
      'ip',
      '-4',
      'route',
      'del',
      'default',
      'via',
      route.gateway,
      'dev',
      route.device,
      'table',
      String(route.table),
    ]);
  note(routes.length, 'default routes');
  const lines = firewallLines(state.iptables, chains);
  for (const { table, line } of lines) commands.push(['iptables', '-w', '-t', table, ...deletion(line)]);
  note(lines.length, 'iptables rules');
  const ownChains = state.iptables.mangle.filter((line) => {
    const name = /^-N (\S+)$/.exec(line)?.[1] ?? '';
    return chains.has(name) || (name === 'connrestore' && chains.size > 0);
  });
  for (const line of ownChains) commands.push(['iptables', '-w', '-t', 'mangle', '-X', line.slice(3)]);
  note(ownChains.length, 'iptables chains');
  note(named.size, 'names in rt_tables');
  const kept = (state.rtTables ?? '').split('\n').filter((line) => {
    const match = /^(\d{1,3})\trt_eth\d$/.exec(line);
    return match === null || !named.has(Number(match[1]));
  });
  return { commands, rtTables: named.size > 0 ? kept.join('\n') : undefined, summary };
}

/** True when the plan has something to do. */
export function hasLeftovers(plan: ImportPlan): boolean {
  return plan.commands.length > 0 || plan.rtTables !== undefined;
}

/** Executes the plan. Commands that find nothing any more are passed over; gives those that failed. */
export async function importOriginal(
  plan: ImportPlan,
  run: RunOptions,
  root = '/',
): Promise<readonly string[]> {
  const failures: string[] = [];
  for (const command of plan.commands) {
    const result: ToolRun = await runTool(command, run);
    if (result.exitCode !== 0) failures.push(`${command.join(' ')}: ${result.stderr.trim()}`);
  }
  if (plan.rtTables !== undefined && failures.length === 0) {
    const path = join(root, 'etc/iproute2/rt_tables');
    writeFileSync(`${path}.new`, plan.rtTables, { encoding: 'latin1', mode: statSync(path).mode });
    renameSync(`${path}.new`, path);
  }
  return failures;
}

// The lines of `iptables -S` that the script wrote, in its exact form. Both spellings of its state match.
function firewallLines(
  iptables: OriginalState['iptables'],
  chains: ReadonlyMap<string, number>,
): { readonly table: string; readonly line: string }[] {
  const found: { table: string; line: string }[] = [];
  const restore =
    /^-A connrestore -m (conntrack --ctstate|state --state) RELATED,ESTABLISHED -j CONNMARK --restore-mark( --nfmask 0xffffffff --ctmask 0xffffffff)?$/;
  for (const line of iptables.mangle) {
    const chain = /^-A (\S+) /.exec(line)?.[1] ?? '';
    const number = chains.get(chain);
    const device = /^-A (?:PREROUTING -i|OUTPUT -o) (eth\d) /.exec(line)?.[1];
    const ours = device !== undefined && chains.has(`rt_${device}`);
    const own =
      (chains.size > 0 && restore.test(line)) ||
      (number !== undefined &&
        (line.startsWith(`-A ${chain} -j MARK --set-xmark 0x${number.toString(16)}/0xffffffff`) ||
          line.startsWith(`-A ${chain} -j CONNMARK --save-mark`))) ||
      (ours &&
        (line === `-A PREROUTING -i ${device} -j connrestore` ||
          line === `-A PREROUTING -i ${device} -j rt_${device}` ||
          line.startsWith(`-A OUTPUT -o ${device} -j CONNMARK --restore-mark`)));
    if (own) found.push({ table: 'mangle', line });
  }
  for (const name of chains.keys()) {
    const device = name.slice(3);
    for (const line of iptables.nat)
      if (line === `-A POSTROUTING -o ${device} -j MASQUERADE`) found.push({ table: 'nat', line });
    for (const line of iptables.filter)
      if (/^-A OUTPUT -o (\S+) -m state --state RELATED,ESTABLISHED -j ACCEPT$/.exec(line)?.[1] === device)
        found.push({ table: 'filter', line });
  }
  return found;
}

function deletion(line: string): string[] {
  return ['-D', ...line.slice('-A '.length).split(' ')];
}
