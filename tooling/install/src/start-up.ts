import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

/** Milliseconds that `COMMAND --help` takes and that `node -e 0` takes: medians of `runs`, measured in turn. */
export function startUp(folder: string, command: string, runs = 9): { help: number; node: number } {
  const help: number[] = [];
  const node: number[] = [];
  for (let run = 0; run < runs; run++) {
    node.push(timed(process.execPath, ['-e', '0']));
    help.push(timed(process.execPath, [join(folder, 'node_modules/.bin', command), '--help']));
  }
  return { help: median(help), node: median(node) };
}

function timed(command: string, args: readonly string[]): number {
  const started = performance.now();
  const { status, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${args.join(' ')} ended with ${String(status)}: ${stderr}`);
  return performance.now() - started;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}
