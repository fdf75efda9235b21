export { accountHosts, type Resolve, systemResolve } from './account-hosts.js';
export { type Networks, parseNetworks } from './networks.js';
export { createReverseNames, type ReverseNames, type ReverseNamesOptions } from './reverse-names.js';
export { createSourceNames, type SourceNames } from './source-names.js';
