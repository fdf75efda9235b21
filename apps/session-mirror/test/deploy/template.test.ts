import { describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { parse, type ScalarTag } from 'yaml';
import { sessionMirrorPolicy } from '../../src/command/iam-policy.js';
import { readEvent } from '../../src/events/read-event.js';

const text = readFileSync(new URL('../../deploy/lambda.yaml', import.meta.url), 'utf8');
const short = (name: string): ScalarTag =>
  ({ tag: `!${name}`, resolve: (value: string) => ({ [name]: value }) }) as never;
const list = (name: string): object => ({
  tag: `!${name}`,
  collection: 'seq',
  resolve: (seq: { toJSON: () => unknown }) => ({ [name]: seq.toJSON() }),
});
const template = parse(text, {
  customTags: [short('Ref'), short('Sub'), short('GetAtt'), list('Equals'), list('If')] as never,
}) as {
  Parameters: Record<string, object>;
  Resources: Record<string, { Type: string; Properties: Record<string, unknown> }>;
};

/** Every value of a key, wherever it stands. */
function valuesOf(value: unknown, key: string): unknown[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => [
    ...(name === key ? [inner as unknown] : []),
    ...valuesOf(inner, key),
  ]);
}

describe('the template', () => {
  test('refers only to what it has', () => {
    const names = new Set([...Object.keys(template.Parameters), ...Object.keys(template.Resources)]);
    const references = [
      ...valuesOf(template, 'Ref'),
      ...valuesOf(template, 'GetAtt').map((path) => String(path).split('.')[0]),
    ].map(String);
    expect(references.length).toBeGreaterThan(10);
    for (const name of references) if (!name.startsWith('AWS::')) expect([...names]).toContain(name);
  });

  test('allows what the function needs, and no more', () => {
    const actions = (value: unknown): string[] => valuesOf(value, 'Action').flat().map(String);
    const wanted = actions(sessionMirrorPolicy('write').Statement);
    const given = actions(template.Resources['Role']?.Properties['Policies']).filter(
      (action) => !action.startsWith('logs:'),
    );
    expect([...new Set(given)].sort()).toEqual([...new Set(wanted)].sort());
  });

  test('sends only events that are understood', () => {
    const calls = valuesOf(template, 'eventName').flat().map(String);
    expect(calls).toContain('DeleteTrafficMirrorSession');
    for (const eventName of calls) {
      const event = { 'detail-type': 'AWS API Call via CloudTrail', detail: { eventName } };
      expect(readEvent(event, undefined, 'Vectra').kind).toBe('full-pass');
    }
  });
});
