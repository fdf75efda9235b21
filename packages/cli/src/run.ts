import type { App } from './app.js';
import { type Clock, systemClock } from './clock.js';
import { execute } from './execute.js';
import { type Redactor, createRedactor } from './redact.js';
import { reportError } from './report-error.js';
import { Interrupted, ReaderGone, handleSignals } from './signals.js';

/** What an app runs with; each part defaults to the process's own. */
export interface Surroundings {
  /** Arguments, without the program's own name. */
  readonly argv?: readonly string[];
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly stdin?: NodeJS.ReadableStream;
  readonly stdout?: NodeJS.WritableStream;
  readonly stderr?: NodeJS.WritableStream;
  readonly clock?: Clock;
  /** Stops the command when aborted. With it the process's signals are left alone. */
  readonly signal?: AbortSignal;
}

/** Runs an app and sets the exit code of the process. The last line of every `bin`. */
export async function main(app: App, surroundings: Surroundings = {}): Promise<void> {
  const redactor = createRedactor();
  process.on('uncaughtException', (error) => {
    const debug = process.argv.includes('--debug');
    const { text } = reportError(app.name, error, { debug, redactor });
    process.stderr.write(text, () => process.exit(1));
  });
  process.exitCode = await run(app, surroundings, redactor);
}

/**
 * Runs an app and gives its exit code; never rejects and never ends the process, except for a second signal while
 * the first is being answered. Errors are one line on stderr.
 */
export async function runCli(app: App, surroundings: Surroundings = {}): Promise<number> {
  return await run(app, surroundings, createRedactor());
}

async function run(app: App, surroundings: Surroundings, redactor: Redactor): Promise<number> {
  const controller = new AbortController();
  let debug = (surroundings.argv ?? process.argv).includes('--debug');
  const stderr = surroundings.stderr ?? process.stderr;
  const stop = (): void => {
    controller.abort(surroundings.signal?.reason);
  };
  if (surroundings.signal?.aborted) stop();
  surroundings.signal?.addEventListener('abort', stop, { once: true });
  const release = surroundings.signal ? undefined : handleSignals(controller);
  try {
    return await execute(app, {
      argv: surroundings.argv ?? process.argv.slice(2),
      env: surroundings.env ?? process.env,
      stdin: surroundings.stdin ?? process.stdin,
      stdout: surroundings.stdout ?? process.stdout,
      stderr,
      clock: surroundings.clock ?? systemClock,
      controller,
      redactor,
      onDebug: (value) => (debug = value),
    });
  } catch (error) {
    const { reason } = controller.signal as { readonly reason: unknown };
    if (controller.signal.aborted && isAbort(error, reason)) {
      return reason instanceof Interrupted ? reason.exitCode : reason instanceof ReaderGone ? 0 : 1;
    }
    const report = reportError(app.name, error, { debug, redactor });
    stderr.write(report.text);
    return report.exitCode;
  } finally {
    release?.();
    surroundings.signal?.removeEventListener('abort', stop);
  }
}

function isAbort(error: unknown, reason: unknown): boolean {
  return (
    error === reason || (error instanceof Error && (error.name === 'AbortError' || error.cause === reason))
  );
}
