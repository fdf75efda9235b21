/** Queues of one account in one region, in plain JSON. */
export interface SqsState {
  readonly queues: Record<string, Queue>;
}

export interface Queue {
  readonly name: string;
  readonly arn: string;
  readonly createdAtMs: number;
  visibilitySeconds: number;
  delaySeconds: number;
  retentionSeconds: number;
  messages: Message[];
}

export interface Message {
  readonly id: string;
  readonly body: string;
  readonly sentAtMs: number;
  visibleAtMs: number;
  receiveCount: number;
  firstReceivedAtMs: number | undefined;
  /** Of the latest receipt. */
  receiptHandle: string | undefined;
}
