import { test } from '@jest/globals';
import { fuzzGzip, fuzzLines } from './fuzz.js';

test('damaged lines, any columns, any cuts: no wrong field, no lost line', () => {
  fuzzLines(20_000);
});

test('damaged gzip ends in records or one typed error', async () => {
  await fuzzGzip(5000);
});
