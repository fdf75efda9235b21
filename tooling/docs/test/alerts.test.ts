import { describe, expect, test } from '@jest/globals';
import { basename } from 'node:path';
import { parse } from 'yaml';
import { documentedFamilies, familyOf, readPromql, sourceFiles, textOf } from '../src/index.js';

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly runbook: string };
}

interface RuleFile {
  readonly groups: readonly { readonly name: string; readonly rules: readonly Rule[] }[];
}

const files = sourceFiles(/\.ya?ml$/, 'docs/alerts');

test('every daemon that has metrics has alerts', () => {
  expect(files.map((path) => basename(path, '.yml'))).toEqual([
    'aws-route-mon',
    'connection-tracker',
    'gwlbtun',
    'multi-eni-routing',
  ]);
});

describe.each(files)('%s', (path) => {
  const { groups } = parse(textOf(path), { strict: true }) as RuleFile;
  const name = basename(path, '.yml');
  const families = documentedFamilies(textOf(`docs/operating-${name}.md`));
  const rules = groups.flatMap((group) => group.rules);

  test('is a rules file', () => {
    expect(groups.map((group) => group.name)).toEqual([name]);
    expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
    for (const rule of rules) {
      expect(Object.keys(rule).filter((key) => !/^(alert|expr|for|labels|annotations)$/.test(key))).toEqual(
        [],
      );
      expect(rule.alert).toMatch(/^[A-Z][A-Za-z]+$/);
      if (rule.for !== undefined) expect(rule.for).toMatch(/^\d+[smh]$/);
      expect(rule.labels.severity).toMatch(/^(critical|warning|info)$/);
      expect(rule.annotations.summary).not.toBe('');
    }
  });

  test.each(rules)('$alert asks for what the daemon has', ({ expr }) => {
    const { metrics, errors } = readPromql(expr);
    expect(errors).toEqual([]);
    expect(metrics.length).toBeGreaterThan(0);
    const unknown = metrics.filter((metric) => metric !== 'up' && !families.has(familyOf(metric, families)));
    expect(unknown).toEqual([]);
  });

  test.each(rules)('$alert has its paragraph in the runbook', ({ alert, annotations }) => {
    expect(annotations.runbook).toBe(`docs/operating-${name}.md#${alert.toLowerCase()}`);
    expect(textOf(`docs/operating-${name}.md`)).toContain(`\n### ${alert}\n`);
  });
});

test('what is no PromQL is seen', () => {
  expect(readPromql('sum by (instance (rate(x[5m]))').errors).not.toEqual([]);
  expect(readPromql('rate(a_total[5m]) / on (b) c_total').metrics).toEqual(['a_total', 'c_total']);
});
