export {
  type ImdsClient,
  type ImdsClientOptions,
  type ImdsOutcome,
  createImds,
  imdsErrorOf,
} from './client.js';
export { imdsEndpoint } from './endpoint.js';
export { ImdsError } from './errors.js';
export { type InstanceIdentity, readIdentity } from './identity.js';
export { type ImdsInterface, readInterfaces } from './interfaces.js';
export { type InstanceNotices, readNotices } from './notices.js';
