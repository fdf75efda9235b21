import { createRemoteJWKSet, errors, type JWTPayload, jwtVerify } from 'jose';
import type { TokenScheme } from './scheme.js';

export interface JwtOptions {
  /** Where the issuer's public keys are (RFC 7517). */
  readonly keysUrl: string;
  readonly issuer: string;
  readonly audience: string;
  /** Each must be in `scope` (RFC 8693) or `scp`. */
  readonly scopes: readonly string[];
}

// Only signatures by keys that are not shared: a set of public keys can never be taken for a secret.
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'];

/** Accepts JSON Web Tokens (RFC 7519) that the issuer signed for this audience and that have not expired. */
export function jwtScheme(options: JwtOptions): TokenScheme {
  const keys = createRemoteJWKSet(new URL(options.keysUrl), { timeoutDuration: 5_000 });
  return async (token) => {
    try {
      const { payload } = await jwtVerify(token, keys, {
        issuer: options.issuer,
        audience: options.audience,
        algorithms: ALGORITHMS,
        clockTolerance: 30,
        requiredClaims: ['exp'],
      });
      const scopes = scopesOf(payload);
      return options.scopes.every((scope) => scopes.has(scope))
        ? { status: 'accepted', subject: payload.sub ?? 'unnamed' }
        : { status: 'forbidden' };
    } catch (error) {
      return { status: isTokensFault(error) ? 'unknown' : 'unavailable' };
    }
  };
}

function isTokensFault(error: unknown): boolean {
  if (!(error instanceof errors.JOSEError)) return false;
  return !(
    error instanceof errors.JWKSTimeout ||
    error instanceof errors.JWKSInvalid ||
    error.code === 'ERR_JOSE_GENERIC'
  );
}

function scopesOf(payload: JWTPayload): ReadonlySet<string> {
  const { scope, scp } = payload as { readonly scope?: unknown; readonly scp?: unknown };
  return new Set(
    [scope, scp].flatMap((value) =>
      typeof value === 'string' ? value.split(' ') : Array.isArray(value) ? value.map(String) : [],
    ),
  );
}
