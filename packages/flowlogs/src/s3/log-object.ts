/** An object of flow logs in a bucket. */
export interface LogObject {
  readonly bucket: string;
  readonly key: string;
  /** Bytes; undefined where a notification did not tell. */
  readonly size: number | undefined;
}

/** What the key of a flow-log object says ("Flow log files", Amazon VPC User Guide). */
export interface KeyFacts {
  readonly accountId: string;
  readonly region: string;
  readonly flowLogId: string;
  /** Begin of the five minutes of its collection, milliseconds since 1970. */
  readonly collectedAtMs: number;
  readonly isParquet: boolean;
}

const NAME =
  /(?:^|\/)(\d{12})_vpcflowlogs_([a-z0-9-]+)_(fl-[0-9a-f]+)_(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})Z_[^/]*\.log(?:\.gz|\.parquet)?(?:\.parquet)?$/;

/** Undefined for a key that is not as AWS names flow-log objects. */
export function readKey(key: string): KeyFacts | undefined {
  const match = NAME.exec(key);
  if (!match) return undefined;
  const [, accountId = '', region = '', flowLogId = '', ...time] = match;
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0] = time.map(Number);
  const collectedAtMs = Date.UTC(year, month - 1, day, hour, minute);
  return { accountId, region, flowLogId, collectedAtMs, isParquet: key.endsWith('.parquet') };
}
