import { type RunResult, startProcess } from '@net/testing';
import { type Cable, redirectHook } from './appliance.js';

/** The engine's stand-alone program inside the appliance's namespace; `stop` ends it and returns all it wrote. */
export async function startStandalone(
  cable: Cable,
  folder: string,
  options: string,
): Promise<{ stop(): Promise<RunResult> }> {
  const { command, args } = cable.appliance.wrap(
    `${folder}/standalone`,
    ...['--hook', redirectHook, ...options.split(' ')],
  );
  const started = startProcess(command, args);
  await started.waitFor(/ready/);
  return { stop: () => started.stop(20_000) };
}
