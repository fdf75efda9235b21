/** Stable identifiers of everything this package throws. */
export type RouteMonErrorCode =
  | 'NET_ROUTE_MON_CONNECTION'
  | 'NET_ROUTE_MON_API'
  | 'NET_ROUTE_MON_TABLE'
  | 'NET_ROUTE_MON_ROUTE'
  | 'NET_ROUTE_MON_REPLACE'
  | 'NET_ROUTE_MON_CREATE'
  | 'NET_ROUTE_MON_INPUT'
  | 'NET_ROUTE_MON_NOT_READY'
  | 'NET_ROUTE_MON_HOOK';

/** What the process ends with for each code; 110 to 115 are the original's. */
const exitCodes: Readonly<Record<RouteMonErrorCode, number>> = {
  NET_ROUTE_MON_CONNECTION: 110,
  NET_ROUTE_MON_API: 111,
  NET_ROUTE_MON_TABLE: 112,
  NET_ROUTE_MON_ROUTE: 113,
  NET_ROUTE_MON_REPLACE: 114,
  NET_ROUTE_MON_CREATE: 115,
  NET_ROUTE_MON_INPUT: 2,
  NET_ROUTE_MON_NOT_READY: 3,
  NET_ROUTE_MON_HOOK: 1,
};

/** Base of every error of this package: `code` is stable, `cause` is kept, `exitCode` is the command line's. */
export class RouteMonError extends Error {
  readonly code: RouteMonErrorCode;
  readonly exitCode: number;
  /** What the reader can do about it: one sentence. */
  readonly hint: string | undefined;

  constructor(
    code: RouteMonErrorCode,
    message: string,
    options: ErrorOptions & { readonly hint?: string | undefined } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = code;
    this.exitCode = exitCodes[code];
    this.hint = options.hint;
  }
}

/** A setting that nothing can be done with; nothing was called. Exit code 2. */
export class InputError extends RouteMonError {
  constructor(message: string, options: ErrorOptions & { readonly hint?: string } = {}) {
    super('NET_ROUTE_MON_INPUT', message, options);
  }
}
