// Shared by every package's jest.config.js. Tests run as native ES modules against the package's own
// sources and against the built output of the packages it depends on.
const long = process.env.NET_TEST_LONG === '1';

/** @type {import('jest').Config} */
export const base = {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: { parser: { syntax: 'typescript' }, target: 'es2023' },
        module: { type: 'es6' },
        sourceMaps: 'inline',
      },
    ],
  },
  testMatch: long ? ['<rootDir>/test/**/*.long.test.ts'] : ['<rootDir>/test/**/*.test.ts'],
  testPathIgnorePatterns: long ? ['/node_modules/'] : ['/node_modules/', '\\.long\\.test\\.ts$'],
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/build'],
  passWithNoTests: true,
  reporters: ['default', new URL('./tooling/testing/jest-report.cjs', import.meta.url).pathname],
  testTimeout: long ? 3_600_000 : 30_000,
  maxWorkers: process.env.NET_TEST_WORKERS ?? '50%',
};
