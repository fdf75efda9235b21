import { spawn } from 'node:child_process';
import type { RouteAction } from '../decide/action.js';

/** What is run around claims and releases. Resolves to undefined where no hook is set. */
export interface Hooks {
  before(what: 'claim' | 'release', routes: readonly RouteAction[]): Promise<HookResult | undefined>;
  after(what: 'claim' | 'release', routes: readonly RouteAction[]): Promise<HookResult | undefined>;
}

export interface HookResult {
  readonly ok: boolean;
  readonly detail: string;
}

export const noHooks: Hooks = {
  before: () => Promise.resolve(undefined),
  after: () => Promise.resolve(undefined),
};

/** Programs to run; absolute or found on PATH. */
export interface HookPrograms {
  readonly beforeClaim: string | undefined;
  readonly afterClaim: string | undefined;
  readonly beforeRelease: string | undefined;
  readonly afterRelease: string | undefined;
  readonly timeoutMs: number;
}

/**
 * Hooks that run programs without a shell: the arguments are the event (`before-claim`, ...) and the interface that
 * the routes go to; the routes are on stdin as one JSON document. A program that does not end in time is killed.
 */
export function programHooks(programs: HookPrograms): Hooks {
  const run = async (
    program: string | undefined,
    event: string,
    routes: readonly RouteAction[],
  ): Promise<HookResult | undefined> =>
    program === undefined ? undefined : await runHook(program, event, routes, programs.timeoutMs);
  return {
    before: async (what, routes) =>
      what === 'claim'
        ? await run(programs.beforeClaim, 'before-claim', routes)
        : await run(programs.beforeRelease, 'before-release', routes),
    after: async (what, routes) =>
      what === 'claim'
        ? await run(programs.afterClaim, 'after-claim', routes)
        : await run(programs.afterRelease, 'after-release', routes),
  };
}

async function runHook(
  program: string,
  event: string,
  routes: readonly RouteAction[],
  timeoutMs: number,
): Promise<HookResult> {
  const child = spawn(program, [event, routes[0]?.to.id ?? ''], {
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  // Not spawn's own limit: its timer outlives a program that could not be started.
  const limit = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
  // A program that does not read its input closes it.
  child.stdin.on('error', () => undefined);
  child.stdin.end(
    JSON.stringify({
      event,
      routes: routes.map(({ tableId, destination, from, to, because, reason }) => ({
        routeTable: tableId,
        destination: destination.value,
        from: from?.id,
        to: to.id,
        because,
        reason,
      })),
    }),
  );
  return await new Promise((resolve) => {
    child.once('error', (error) => {
      clearTimeout(limit);
      resolve({ ok: false, detail: `${program} could not be run: ${error.message}` });
    });
    child.once('close', (code, signal) => {
      clearTimeout(limit);
      const how =
        signal === null ? `ended with ${code ?? '?'}` : `was ended by ${signal} (limit ${timeoutMs} ms)`;
      resolve({ ok: code === 0, detail: `${program} ${how}` });
    });
  });
}
