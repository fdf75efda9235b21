import { Writable } from 'node:stream';
import { Readable } from 'node:stream';
import { type App, runCli } from '../src/index.js';

/** Runs an app in this process with streams that keep what is written. */
export async function runInMemory(
  app: App,
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>> = {},
  signal: AbortSignal = new AbortController().signal,
): Promise<{ code: number; stdout: string; stderr: string }> {
  const kept = { stdout: '', stderr: '' };
  const keep = (name: 'stdout' | 'stderr'): Writable =>
    new Writable({
      write: (chunk: Buffer, _, done) => {
        kept[name] += chunk.toString();
        done();
      },
    });
  const code = await runCli(app, {
    argv,
    env,
    signal,
    stdin: Readable.from([]),
    stdout: keep('stdout'),
    stderr: keep('stderr'),
  });
  return { code, ...kept };
}
