import { type BucketSize, bucketSizeOf } from './bucket-sizes.js';

/** Settings of the throttling of the EC2 API. */
export interface ThrottlingOptions {
  /** Multiplies capacity and refill; 1 is what AWS documents. */
  readonly scale?: number;
  /** Buckets of single actions that differ from the documented ones. */
  readonly overrides?: Readonly<Record<string, BucketSize>>;
}

interface Bucket {
  tokens: number;
  updatedAtMs: number;
}

const MAX_BUCKETS = 100_000;

/** Token buckets, one per account, region and action, refilled continuously by the sandbox's clock. */
export class TokenBuckets {
  #options: ThrottlingOptions | undefined;
  readonly #buckets = new Map<string, Bucket>();

  /** On with options, off with undefined; buckets start full. */
  set(options: ThrottlingOptions | undefined): void {
    this.#options = options;
    this.#buckets.clear();
  }

  get enabled(): boolean {
    return this.#options !== undefined;
  }

  /** The size that counts for an action now. */
  sizeOf(action: string, params: Readonly<Record<string, unknown>>): BucketSize {
    const size = this.#options?.overrides?.[action] ?? bucketSizeOf(action, params);
    const scale = this.#options?.scale ?? 1;
    return { capacity: Math.max(1, size.capacity * scale), refillPerSecond: size.refillPerSecond * scale };
  }

  /** Takes a token; false when there is none. */
  take(where: string, action: string, params: Readonly<Record<string, unknown>>, nowMs: number): boolean {
    const { capacity, refillPerSecond } = this.sizeOf(action, params);
    // Unfiltered describes have a bucket of their own, next to the action's.
    const key = `${where}|${action}|${capacity}`;
    let bucket = this.#buckets.get(key);
    if (!bucket) {
      if (this.#buckets.size >= MAX_BUCKETS) this.#buckets.clear();
      bucket = { tokens: capacity, updatedAtMs: nowMs };
      this.#buckets.set(key, bucket);
    }
    const elapsedSeconds = Math.max(0, nowMs - bucket.updatedAtMs) / 1000;
    bucket.tokens = Math.min(capacity, bucket.tokens + elapsedSeconds * refillPerSecond);
    bucket.updatedAtMs = nowMs;
    // Refills add up in fractions: a token short by a rounding error is a token.
    if (bucket.tokens < 1 - 1e-9) return false;
    bucket.tokens = Math.max(0, bucket.tokens - 1);
    return true;
  }
}
