/** What a command is made of. */
export type Argument = string | Buffer;

/** What Redis answers in its second protocol. */
export type Reply = null | number | string | Buffer | readonly Reply[];

export interface CallOptions {
  /** Milliseconds from now after which the call rejects. */
  readonly timeoutMs?: number;
  /** Texts of the answer stay bytes. */
  readonly asBytes?: boolean;
}

/**
 * One logical connection. A call is made again as long as its time allows, when the connection breaks or the server
 * says that it cannot answer just now: whatever is called must come to the same when it is done twice. When the time is
 * over it rejects; nothing waits longer, and nothing is kept for later.
 */
export interface Connection {
  /** Sends a command to where `key` is. */
  call(key: string, args: readonly Argument[], options?: CallOptions): Promise<Reply>;
  /** Another connection to the same place, for what blocks. */
  another(): Connection;
  /** Calls in progress reject. */
  close(): void;
}

/** The texts of a reply; numbers as they are written, what is missing as undefined. */
export function textsOf(reply: Reply): readonly (string | undefined)[] {
  return listOf(reply).map((item) => (item === null ? undefined : textOf(item)));
}

export function textOf(reply: Reply): string {
  if (typeof reply === 'string') return reply;
  if (typeof reply === 'number') return String(reply);
  return Buffer.isBuffer(reply) ? reply.toString() : '';
}

export function numberOf(reply: Reply): number {
  return Number(textOf(reply));
}

export function listOf(reply: Reply): readonly Reply[] {
  return Array.isArray(reply) ? (reply as readonly Reply[]) : [];
}

/** Pairs of a flat reply, as of HGETALL and WITHSCORES. */
export function pairsOf(reply: Reply): readonly (readonly [string, string])[] {
  const texts = textsOf(reply);
  return Array.from(
    { length: texts.length >> 1 },
    (_, at) => [texts[2 * at] ?? '', texts[2 * at + 1] ?? ''] as const,
  );
}
