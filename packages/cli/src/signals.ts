import { constants } from 'node:os';

/** Why the context's signal was aborted by the system. */
export class Interrupted extends Error {
  readonly code = 'NET_CLI_INTERRUPTED';
  readonly signalName: NodeJS.Signals;
  readonly exitCode: number;

  constructor(signalName: NodeJS.Signals) {
    super(`stopped by ${signalName}`);
    this.name = 'Interrupted';
    this.signalName = signalName;
    this.exitCode = 128 + constants.signals[signalName];
  }
}

/** The reader of stdout has gone away. */
export class ReaderGone extends Error {
  readonly code = 'NET_CLI_READER_GONE';

  constructor() {
    super('the reader of stdout has gone away');
    this.name = 'ReaderGone';
  }
}

const handled = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Aborts `controller` on the first SIGINT, SIGTERM or SIGHUP; the second ends the process at once with 128 plus
 * its number. Gives back the function that takes the handlers away.
 */
export function handleSignals(controller: AbortController): () => void {
  const onSignal = (name: NodeJS.Signals): void => {
    const reason = new Interrupted(name);
    if (controller.signal.reason instanceof Interrupted) process.exit(reason.exitCode);
    if (controller.signal.aborted) return;
    controller.abort(reason);
  };
  for (const name of handled) process.on(name, onSignal);
  return () => {
    for (const name of handled) process.off(name, onSignal);
  };
}
