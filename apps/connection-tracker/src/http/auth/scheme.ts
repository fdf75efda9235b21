/**
 * What a scheme says of a bearer token:
 * - `unknown`: not valid here
 * - `forbidden`: valid, but a scope is missing
 * - `unavailable`: who would know cannot be asked now
 */
export type TokenVerdict =
  | { readonly status: 'accepted'; readonly subject: string }
  | { readonly status: 'unknown' | 'forbidden' | 'unavailable' };

/** Checks bearer tokens; never rejects. */
export type TokenScheme = (token: string) => Promise<TokenVerdict>;
