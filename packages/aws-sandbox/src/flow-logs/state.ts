/** A flow log as EC2 keeps it, in plain JSON. */
export interface FlowLog {
  readonly id: string;
  readonly createdAtMs: number;
  readonly resourceId: string;
  readonly trafficType: 'ALL' | 'ACCEPT' | 'REJECT';
  readonly destinationType: 'cloud-watch-logs' | 's3';
  /** Of the log group or the bucket with its prefix. */
  readonly destinationArn: string;
  readonly logGroupName: string | undefined;
  readonly roleArn: string | undefined;
  /** `${version} ${account-id} ...`. */
  readonly format: string;
  readonly aggregationSeconds: 60 | 600;
  readonly hiveCompatible: boolean;
  readonly perHour: boolean;
}
