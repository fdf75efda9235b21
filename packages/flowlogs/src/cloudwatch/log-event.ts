/** An event of CloudWatch Logs: one line of flow log. */
export interface LogEvent {
  /** Unique within the account and region; the same whenever the event is read. */
  readonly id: string;
  /** The event's own time, for flow logs the record's start, milliseconds since 1970. */
  readonly timestampMs: number;
  /** When CloudWatch Logs took it in, milliseconds since 1970. */
  readonly ingestedAtMs: number;
  /** `eni-...-all`, `eni-...-accept` or `eni-...-reject`. */
  readonly stream: string;
  readonly message: string;
}
