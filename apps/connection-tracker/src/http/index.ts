export type { Addresses } from './addresses.js';
export {
  type Authenticate,
  createAuthenticate,
  type JwtOptions,
  jwtScheme,
  staticTokens,
  type TokeninfoOptions,
  tokeninfoScheme,
  type TokenScheme,
  type TokenVerdict,
} from './auth/index.js';
export { createHttpApp, type HttpAppOptions } from './create-http-app.js';
export { checkExposure, isLoopback } from './exposure.js';
export { type HttpService, serveHttp, type ServeHttpOptions } from './serve-http.js';
