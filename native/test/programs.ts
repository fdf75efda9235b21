import { runProcess } from '@net/testing';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The package's folder. */
export const native = fileURLToPath(new URL('..', import.meta.url));

/** Builds the core's tests and the stand-alone engine; only what changed is compiled again. */
export async function buildCore(name: string, sanitizers: string): Promise<string> {
  const folder = `${native}build-${name}`;
  const options = ['-DGENEVE_ADDON=OFF', '-DGENEVE_CORE_TESTS=ON', `-DGENEVE_SANITIZE=${sanitizers}`];
  await must('cmake', ['-S', native, '-B', folder, ...options]);
  await must('cmake', ['--build', folder, '-j2']);
  await must(process.execPath, [`${native}scripts/vectors-to-text.mjs`, `${folder}/vectors`]);
  return folder;
}

/** Builds the traffic generator; returns the folder of its programs. */
export async function buildLoadgen(): Promise<string> {
  const folder = `${native}loadgen/build`;
  if (!existsSync(`${folder}/CMakeCache.txt`)) await must('cmake', ['-S', `${native}loadgen`, '-B', folder]);
  await must('cmake', ['--build', folder, '-j2']);
  return folder;
}

async function must(command: string, args: readonly string[]): Promise<void> {
  const result = await runProcess(command, args);
  if (result.code !== 0) throw new Error(`${command} ${args.join(' ')}\n${result.stdout}\n${result.stderr}`);
}
