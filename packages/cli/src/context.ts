import type { Clock } from './clock.js';
import type { Log } from './log/log.js';
import type { Output } from './output/output.js';
import type { StartProgress } from './output/progress.js';

/** What a command's handler works with. */
export interface Context<V> {
  /** The values of the command's options and positionals. */
  readonly options: V;
  /** The name of the command that runs. */
  readonly command: string;
  /** Words after `--`. */
  readonly rest: readonly string[];
  /** Aborted by the first SIGTERM, SIGINT or SIGHUP, and when the reader of stdout has gone away. */
  readonly signal: AbortSignal;
  readonly log: Log;
  /** Data for stdout. */
  readonly out: Output;
  /** Starts a progress line on stderr; silent when stderr is not a terminal, with `--quiet` and `--json`. */
  readonly progress: StartProgress;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly stdin: NodeJS.ReadableStream;
  readonly json: boolean;
  readonly debug: boolean;
  readonly quiet: boolean;
  /** The effective values with their origins, secrets redacted: what `--print-config` shows. */
  readonly effective: readonly EffectiveValue[];
}

/** One option's effective value as it may be shown. */
export interface EffectiveValue {
  readonly name: string;
  readonly value: unknown;
  readonly origin: 'flag' | 'environment' | 'file' | 'default' | 'not set';
  /** The variable, the file with its line, or the argument's number. */
  readonly where?: string;
}
