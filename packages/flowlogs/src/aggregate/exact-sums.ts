/** A sum of whole numbers: a number while it is exact, a bigint beyond 2^53 - 1. */
export type ExactSum = number | bigint;

/**
 * Sums per group that stay exact beyond 2^53: a low part below 2^52 and, once needed, how often it overflowed.
 * Values are whole numbers from 0 to 2^53 - 1; NaN (absent) adds nothing.
 */
export class ExactSums {
  low: Float64Array = new Float64Array(0);
  high: Float64Array | undefined;

  /** Makes room for groups up to `count`. */
  reserve(count: number): void {
    if (count <= this.low.length) return;
    this.low = grown(this.low, count);
    if (this.high !== undefined) this.high = grown(this.high, count);
  }

  /** Adds `values[i]` to group `groups[i]` for the first `rows` rows. */
  addRows(groups: Int32Array, values: Float64Array, rows: number): void {
    const low = this.low;
    for (let row = 0; row < rows; row++) {
      const group = groups[row]!;
      const value = values[row]!;
      if (group < 0 || value !== value) continue;
      const sum = low[group]! + value;
      if (sum < limit) low[group] = sum;
      else this.add(group, value);
    }
  }

  add(group: number, value: number): void {
    // Both parts are below 2^53, so that subtracting before adding keeps every step exact.
    this.high ??= new Float64Array(this.low.length);
    let carries = 0;
    let rest = value;
    while (rest >= limit) {
      rest -= limit;
      carries++;
    }
    let low = this.low[group]! - (limit - rest);
    if (low >= 0) carries++;
    else low = this.low[group]! + rest;
    this.low[group] = low;
    this.high[group] = this.high[group]! + carries;
  }

  /** Adds a group of other sums. */
  addFrom(group: number, other: ExactSums, otherGroup: number): void {
    this.addParts(group, other.low[otherGroup]!, other.high?.[otherGroup] ?? 0);
  }

  addParts(group: number, low: number, high: number): void {
    const sum = this.low[group]! + low;
    if (sum < limit) this.low[group] = sum;
    else this.add(group, low);
    if (high > 0) this.high ??= new Float64Array(this.low.length);
    if (high > 0) this.high![group] = this.high![group]! + high;
  }

  set(group: number, low: number, high: number): void {
    this.low[group] = low;
    if (high > 0) this.high ??= new Float64Array(this.low.length);
    if (this.high !== undefined) this.high[group] = high;
  }

  get(group: number): ExactSum {
    return exactSum(this.low[group]!, this.high?.[group] ?? 0);
  }

  /** For sorting: exact to 53 bits. */
  approximate(group: number): number {
    return this.low[group]! + (this.high?.[group] ?? 0) * limit;
  }
}

/** 2^52: where the low part overflows. */
export const limit = 4_503_599_627_370_496;

export function exactSum(low: number, high: number): ExactSum {
  if (high === 0) return low;
  const sum = BigInt(high) * BigInt(limit) + BigInt(low);
  return sum <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(sum) : sum;
}

/** Sum of two exact sums. */
export function addExact(a: ExactSum, b: ExactSum): ExactSum {
  if (typeof a === 'number' && typeof b === 'number' && a + b <= Number.MAX_SAFE_INTEGER) return a + b;
  const sum = BigInt(a) + BigInt(b);
  return sum <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(sum) : sum;
}

function grown(from: Float64Array, count: number): Float64Array {
  const to = new Float64Array(Math.max(count, from.length * 2));
  to.set(from);
  return to;
}
