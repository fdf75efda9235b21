export { type Authenticate, createAuthenticate } from './authenticate.js';
export { type JwtOptions, jwtScheme } from './jwt.js';
export type { TokenScheme, TokenVerdict } from './scheme.js';
export { staticTokens } from './static-tokens.js';
export { type TokeninfoOptions, tokeninfoScheme } from './tokeninfo.js';
