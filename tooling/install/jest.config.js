import { base } from '../../jest.base.js';

export default {
  ...base,
  displayName: 'install-alone',
  globalSetup: '<rootDir>/test/pack-once.mjs',
  globalTeardown: '<rootDir>/test/remove-packed.mjs',
};
