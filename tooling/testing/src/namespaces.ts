import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';

/** A network namespace that the test made and removes. */
export interface Namespace {
  readonly name: string;
  /** Runs a program inside and returns its stdout; throws with its stderr when it fails. */
  exec(command: string, ...args: string[]): string;
  /** `ip` inside, with the words of `line` split at blanks. */
  ip(line: string): string;
  /** Program and arguments that run `command` inside, for `spawn`. */
  wrap(command: string, ...args: string[]): { readonly command: string; readonly args: string[] };
  remove(): void;
}

/** Makes a namespace with a name that no other run uses and loopback up. Needs root. */
export function createNamespace(label: string): Namespace {
  const name = `${label}-${process.pid}-${randomBytes(2).toString('hex')}`;
  execFileSync('ip', ['netns', 'add', name]);
  const wrap = (command: string, ...args: string[]): { command: string; args: string[] } => ({
    command: 'ip',
    args: ['netns', 'exec', name, command, ...args],
  });
  const exec = (command: string, ...args: string[]): string => {
    const wrapped = wrap(command, ...args);
    return execFileSync(wrapped.command, wrapped.args, {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  };
  const namespace: Namespace = {
    name,
    exec,
    ip: (line) => exec('ip', ...line.trim().split(/\s+/)),
    wrap,
    remove: () => {
      try {
        execFileSync('ip', ['netns', 'del', name], { stdio: 'ignore' });
      } catch {
        // Already gone: a test may have removed it on purpose.
      }
    },
  };
  namespace.ip('link set lo up');
  return namespace;
}
