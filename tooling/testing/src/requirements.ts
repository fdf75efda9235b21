import { describe, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { accessSync, appendFileSync, constants, mkdirSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';

/** What a suite needs from the machine. `root` and `netns` are probed, commands are looked up on PATH. */
export type Requirement =
  | 'root'
  | 'netns'
  | 'tun'
  | 'redis-server'
  | 'chromium'
  | { readonly command: string; readonly install?: string };

const packages: Readonly<Record<string, string>> = {
  'redis-server': 'redis-server',
  chromium: 'chromium',
  nft: 'nftables',
  ip: 'iproute2',
  iptables: 'iptables',
  iperf3: 'iperf3',
  cmake: 'cmake',
  'g++': 'g++',
};

/**
 * A `describe` that runs where its requirements are met and is otherwise reported as skipped, with the reason
 * in its title and in the run's closing summary. With `CI` set, a missing requirement fails instead: what can
 * run in CI must run there.
 */
export function suite(name: string, requirements: readonly Requirement[], body: () => void): void {
  const missing = missingRequirements(requirements);
  if (missing.length === 0) {
    describe(name, body);
    return;
  }
  const reason = missing.join('; ');
  if (process.env['CI']) {
    describe(name, () => {
      test('its requirements are met in CI', () => {
        throw new Error(`this suite must run in CI, but: ${reason}`);
      });
    });
    return;
  }
  report(`${name}: ${reason}`);
  describe.skip(`${name} [skipped: ${reason}]`, body);
}

/** The unmet requirements, each as a sentence that says how to meet it; empty when all are met. */
export function missingRequirements(requirements: readonly Requirement[]): string[] {
  return requirements.flatMap((requirement) => {
    const reason = unmet(requirement);
    return reason === undefined ? [] : [reason];
  });
}

function unmet(requirement: Requirement): string | undefined {
  if (requirement === 'root') return isRoot() ? undefined : 'needs root (run as root)';
  if (requirement === 'netns') return unmetNetns();
  if (requirement === 'tun') return isReadable('/dev/net/tun') ? undefined : 'needs /dev/net/tun';
  const command = typeof requirement === 'string' ? requirement : requirement.command;
  if (onPath(command)) return undefined;
  const debian = (typeof requirement === 'object' ? requirement.install : undefined) ?? packages[command];
  return `needs ${command}${debian ? ` (apt-get install ${debian})` : ''}`;
}

let netns: string | undefined | null = null;
function unmetNetns(): string | undefined {
  if (netns !== null) return netns;
  if (!isRoot()) return (netns = 'needs root to make network namespaces (run as root)');
  if (!onPath('ip')) return (netns = 'needs ip (apt-get install iproute2)');
  const name = `probe-${process.pid}`;
  try {
    execFileSync('ip', ['netns', 'add', name], { stdio: 'ignore' });
    execFileSync('ip', ['netns', 'del', name], { stdio: 'ignore' });
    return (netns = undefined);
  } catch {
    return (netns = 'needs network namespaces (ip netns add failed)');
  }
}

function isRoot(): boolean {
  return process.getuid?.() === 0;
}

function isReadable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function onPath(command: string): boolean {
  const folders = (process.env['PATH'] ?? '').split(delimiter).concat('/usr/sbin', '/sbin');
  return folders.some((folder) => {
    try {
      accessSync(join(folder, command), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

function report(line: string): void {
  const file = process.env['NET_TEST_SKIPS'];
  if (!file) return;
  mkdirSync(dirname(file), { recursive: true });
  appendFileSync(file, `${line}\n`);
}
