import { describe, expect, test } from '@jest/globals';
import { LogFormat, allFieldsFormat, defaultFormat, scoreInitiators } from '../../src/index.js';

/** The slice of truth.long.test.ts for every day. */
describe('answers against the truth of generated traffic', () => {
  const v5 = LogFormat.fromFields(
    allFieldsFormat.fields.filter((field) => field.version <= 5).map((field) => field.name),
  );

  test('v5 fields: at least 99.5 % right, and flags never wrong', () => {
    const score = scoreInitiators(v5, { connections: 3000, seed: 7 });
    expect(score.right / score.records).toBeGreaterThan(0.995);
    for (const { rule, records, right } of score.rules) {
      if (rule === 'syn' || rule === 'syn-ack' || rule === 'known-flow') expect(right).toBe(records);
    }
  });

  test('v2 fields only: nearly as good', () => {
    const score = scoreInitiators(defaultFormat, { connections: 3000, seed: 7 });
    expect(score.right / score.records).toBeGreaterThan(0.97);
    expect(score.rules.map(({ rule }) => rule)).not.toContain('syn');
  });

  test('the original’s rule alone is right for half of the records', () => {
    const score = scoreInitiators(defaultFormat, { connections: 1000, seed: 7 }, { rules: ['original'] });
    expect(score.right / score.records).toBeLessThan(0.65);
  });
});
