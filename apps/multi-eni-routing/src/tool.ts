import { execFile } from 'node:child_process';

import type { RunOptions } from '@net/iproute';

/** How a program ended. */
export interface ToolRun {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program without a shell in the host's namespace; 127 when it is not there. Never rejects. */
export async function runTool(line: readonly [string, ...string[]], run: RunOptions = {}): Promise<ToolRun> {
  const { namespace } = run;
  const [command, ...args] =
    namespace === undefined
      ? line
      : namespace.startsWith('/')
        ? (['nsenter', `--net=${namespace}`, ...line] as const)
        : (['ip', 'netns', 'exec', namespace, ...line] as const);
  const path = [process.env['PATH'] ?? '', '/usr/sbin', '/sbin'].filter(Boolean).join(':');
  return await new Promise((resolve) => {
    const options = {
      encoding: 'utf8',
      env: { ...process.env, PATH: path, LC_ALL: 'C' },
      maxBuffer: 64e6,
      timeout: 60_000,
    } as const;
    execFile(command, args, options, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 127;
      resolve({ exitCode: code, stdout, stderr: stderr === '' && error !== null ? error.message : stderr });
    });
  });
}
