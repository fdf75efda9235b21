/** Names of addresses as `/addresses` shows them. */
export interface Addresses {
  /** Every known address with its name; null: reverse look-up failed. Brought up to date first where that is cheap. */
  entries(signal: AbortSignal): Promise<Iterable<readonly [address: string, name: string | null]>>;
}
