export { type Packed, packAll, platformPackage, root } from './pack.js';
export { type Installation, installAlone } from './install-alone.js';
export { startUp } from './start-up.js';
export { natWorld } from './nat-world.js';
