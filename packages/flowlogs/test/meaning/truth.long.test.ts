import { expect, test } from '@jest/globals';
import { LogFormat, allFieldsFormat, defaultFormat, scoreInitiators } from '../../src/index.js';

const traffic = {
  connections: 1_000_000,
  seed: 1,
  interfaces: 200,
  clients: 50_000,
  connectionsPerSecond: 500,
} as const;

test('a million connections with v5 fields: at least 99.5 % right', () => {
  const names = allFieldsFormat.fields.filter((field) => field.version <= 5).map((field) => field.name);
  const score = scoreInitiators(LogFormat.fromFields(names), traffic);
  expect(score.right / score.records).toBeGreaterThan(0.995);
});

test('a million connections with v2 fields only: at least 98 % right', () => {
  const score = scoreInitiators(defaultFormat, traffic);
  expect(score.right / score.records).toBeGreaterThan(0.98);
});
