/** Stable identifiers of everything this package throws. */
export type IprouteErrorCode =
  | 'NET_IPROUTE_BATCH'
  | 'NET_IPROUTE_COMMAND'
  | 'NET_IPROUTE_CONFLICT'
  | 'NET_IPROUTE_INVALID'
  | 'NET_IPROUTE_MISSING'
  | 'NET_IPROUTE_PARSE'
  | 'NET_IPROUTE_PERMISSION'
  | 'NET_IPROUTE_TIMEOUT'
  | 'NET_IPROUTE_VERIFY';

/** Base of every error of this package; `code` is stable, `cause` is kept. */
export class IprouteError extends Error {
  readonly code: IprouteErrorCode;

  constructor(code: IprouteErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'IprouteError';
    this.code = code;
  }
}

/** A program ran and failed: its arguments, exit code and words. */
export class IprouteCommandError extends IprouteError {
  readonly command: readonly string[];
  readonly exitCode: number | null;
  readonly stderr: string;

  constructor(
    code: 'NET_IPROUTE_COMMAND' | 'NET_IPROUTE_PERMISSION' | 'NET_IPROUTE_TIMEOUT',
    command: readonly string[],
    exitCode: number | null,
    stderr: string,
    options?: ErrorOptions,
  ) {
    const said = stderr.trim() || `exit code ${exitCode ?? 'none (killed by a signal)'}`;
    super(code, `${command.join(' ')}: ${said}`, options);
    this.name = 'IprouteCommandError';
    this.command = command;
    this.exitCode = exitCode;
    this.stderr = stderr;
  }
}

/**
 * One line of a batch was refused. `line` counts from 1; `text` is that line; `kernelMessage` is what `ip` or
 * `nft` printed about it. `rolledBack` tells whether the state from before was restored and read back.
 */
export class IprouteBatchError extends IprouteError {
  readonly line: number | undefined;
  readonly text: string | undefined;
  readonly kernelMessage: string;
  readonly rolledBack: boolean;

  constructor(
    details: {
      readonly tool: string;
      readonly line: number | undefined;
      readonly text: string | undefined;
      readonly kernelMessage: string;
      readonly rolledBack: boolean;
    },
    options?: ErrorOptions,
  ) {
    const where = details.line === undefined ? '' : ` line ${details.line}`;
    const what = details.text === undefined ? '' : ` (${details.text})`;
    const after = details.rolledBack ? 'the state from before was restored' : 'nothing was rolled back';
    super('NET_IPROUTE_BATCH', `${details.tool}${where}${what}: ${details.kernelMessage}; ${after}`, options);
    this.name = 'IprouteBatchError';
    this.line = details.line;
    this.text = details.text;
    this.kernelMessage = details.kernelMessage;
    this.rolledBack = details.rolledBack;
  }
}

/** What was read back after an apply is not what was planned. `differences` are the actions still missing. */
export class IprouteVerifyError extends IprouteError {
  readonly differences: readonly string[];
  readonly rolledBack: boolean;

  constructor(differences: readonly string[], rolledBack: boolean, options?: ErrorOptions) {
    const shown = differences.slice(0, 5).join('; ');
    const more = differences.length > 5 ? ` and ${differences.length - 5} more` : '';
    const after = rolledBack ? '; the state from before was restored' : '';
    super(
      'NET_IPROUTE_VERIFY',
      `the state read back differs from the plan: ${shown}${more}${after}`,
      options,
    );
    this.name = 'IprouteVerifyError';
    this.differences = differences;
    this.rolledBack = rolledBack;
  }
}
