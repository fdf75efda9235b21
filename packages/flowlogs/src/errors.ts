/** Stable codes of this package's errors. */
export type FlowLogsErrorCode =
  /** A format text, header or field list that cannot be one. */
  | 'NET_FLOWLOGS_FORMAT'
  /** The format is not known and could not be found out. */
  | 'NET_FLOWLOGS_NO_FORMAT'
  /** More lines were rejected than the tolerance allows. */
  | 'NET_FLOWLOGS_REJECTED'
  /** A column, key or measure that does not exist. */
  | 'NET_FLOWLOGS_COLUMN'
  /** A value given to the API is out of its range. */
  | 'NET_FLOWLOGS_ARGUMENT'
  /** Compressed or Parquet data that is cut off or damaged. */
  | 'NET_FLOWLOGS_DAMAGED'
  /** A source (file, bucket, log group) that cannot be read. */
  | 'NET_FLOWLOGS_SOURCE'
  /** A compression that this version of Node does not have. */
  | 'NET_FLOWLOGS_UNSUPPORTED'
  /** A worker thread ended without an answer. */
  | 'NET_FLOWLOGS_WORKER';

const exitCodes: Readonly<Record<FlowLogsErrorCode, number>> = {
  NET_FLOWLOGS_FORMAT: 2,
  NET_FLOWLOGS_NO_FORMAT: 2,
  NET_FLOWLOGS_COLUMN: 2,
  NET_FLOWLOGS_ARGUMENT: 2,
  NET_FLOWLOGS_SOURCE: 3,
  NET_FLOWLOGS_UNSUPPORTED: 3,
  NET_FLOWLOGS_REJECTED: 5,
  NET_FLOWLOGS_DAMAGED: 5,
  NET_FLOWLOGS_WORKER: 1,
};

/** Every error that this package throws on purpose. */
export class FlowLogsError extends Error {
  readonly code: FlowLogsErrorCode;
  /** What a command line ends with: 2 wrong input, 3 a source that cannot be read, 5 data that is damaged or rejected. */
  readonly exitCode: number;

  constructor(code: FlowLogsErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'FlowLogsError';
    this.code = code;
    this.exitCode = exitCodes[code];
  }
}
