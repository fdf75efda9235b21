/** Extra facts of a {@link CliError}. */
export interface CliErrorOptions extends ErrorOptions {
  /** Stable name of the kind of failure, such as `NET_CLI_USAGE`. */
  readonly code?: string;
  /** What the process ends with, 1 to 255. */
  readonly exitCode?: number;
  /** What the reader can do about it: one sentence. */
  readonly hint?: string;
}

/**
 * A failure with everything the command line needs to report it: one line for the reader, an exit code and a
 * stable `code`. Errors of other families need not extend it: an error that merely carries `exitCode`, `hint`
 * or `code` as own properties is reported the same way.
 */
export class CliError extends Error {
  readonly code: string;
  readonly exitCode: number;
  readonly hint: string | undefined;

  constructor(message: string, options: CliErrorOptions = {}) {
    super(message, options);
    this.name = new.target.name;
    this.code = options.code ?? 'NET_CLI';
    this.exitCode = options.exitCode ?? 1;
    this.hint = options.hint;
  }
}

/** The command line, an environment variable or the configuration file says something unusable. Exit code 2. */
export class UsageError extends CliError {
  constructor(message: string, options: CliErrorOptions = {}) {
    super(message, { code: 'NET_CLI_USAGE', exitCode: 2, ...options });
  }
}

/** The machine or the account lacks something: a privilege, a program, a free port. Exit code 3. */
export class PrerequisiteError extends CliError {
  constructor(message: string, options: CliErrorOptions = {}) {
    super(message, { code: 'NET_CLI_PREREQUISITE', exitCode: 3, ...options });
  }
}
