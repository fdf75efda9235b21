/** All of S3: bucket names are one space for every account. Plain JSON. */
export interface S3State {
  readonly buckets: Record<string, Bucket>;
  /** Objects that appear when the clock reaches them, in no particular order. */
  pending: PendingObject[];
}

export interface Bucket {
  readonly name: string;
  readonly ownerId: string;
  readonly region: string;
  readonly createdAtMs: number;
  /** Accounts besides the owner that may use it, in place of a bucket policy. */
  sharedWith: string[];
  readonly objects: Record<string, StoredObject>;
  notifications: QueueNotification[];
  /** Changes with every change of `objects`. */
  version: number;
}

export interface StoredObject {
  /** Base64. */
  readonly body: string;
  readonly sizeBytes: number;
  /** With its quotation marks. */
  readonly eTag: string;
  readonly lastModifiedMs: number;
  readonly contentType: string;
  readonly contentEncoding: string | undefined;
  readonly metadata: Readonly<Record<string, string>>;
  /** Base64, as given or computed. */
  readonly crc32: string;
}

export interface QueueNotification {
  readonly id: string;
  readonly queueArn: string;
  readonly events: readonly string[];
  readonly prefix: string;
  readonly suffix: string;
}

export interface PendingObject {
  readonly atMs: number;
  readonly bucket: string;
  readonly key: string;
  readonly object: StoredObject;
}

/** S3 without buckets. */
export function emptyS3State(): S3State {
  return { buckets: {}, pending: [] };
}
