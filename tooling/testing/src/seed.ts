import { randomInt } from 'node:crypto';

let seed: number | undefined;

/**
 * The seed of this test process: `NET_TEST_SEED` when given, else drawn once and printed, so that a failing
 * run can be repeated with `NET_TEST_SEED=<n> npm test`.
 */
export function testSeed(): number {
  if (seed !== undefined) return seed;
  const given = process.env['NET_TEST_SEED'];
  seed = given === undefined || given === '' ? randomInt(2 ** 31 - 1) : Number.parseInt(given, 10);
  process.stderr.write(`NET_TEST_SEED=${seed}\n`);
  return seed;
}

/** The part of fast-check's parameters that the house fixes. */
export interface SeededOptions {
  readonly seed: number;
  readonly numRuns: number;
}

/** Parameters for `fc.assert`: the seed of the run, and `runs` cases (times ten in the long suites). */
export function propertyOptions(runs = 200): SeededOptions {
  return { seed: testSeed(), numRuns: process.env['NET_TEST_LONG'] === '1' ? runs * 10 : runs };
}
