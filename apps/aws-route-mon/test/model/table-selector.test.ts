import { describe, expect, test } from '@jest/globals';
import { propertyOptions } from '@net/testing';
import fc from 'fast-check';
import { InputError } from '../../src/errors.js';
import { evaluate, parseExpression } from '../../src/model/expression.js';
import type { RouteTable } from '../../src/model/route-table.js';
import { parseTableExpression, selectTables } from '../../src/model/table-selector.js';

const table = (id: string, more: Partial<RouteTable> = {}): RouteTable => ({
  id,
  vpcId: 'vpc-00000001',
  ownerId: undefined,
  isMain: false,
  subnetIds: [],
  gatewayIds: [],
  tags: {},
  routes: [],
  ...more,
});

const tables = [
  table('rtb-00000001', { isMain: true, tags: { Name: 'main' } }),
  table('rtb-00000002', { subnetIds: ['subnet-00000002'], tags: { Name: 'private-a', role: 'private' } }),
  table('rtb-00000003', {
    vpcId: 'vpc-00000002',
    tags: { Name: 'private-b' },
    routes: [
      {
        destination: { kind: 'ipv4', value: '0.0.0.0/0' },
        target: { kind: 'nat-gateway', id: 'nat-00000001' },
        state: 'active',
        origin: 'CreateRoute',
        instanceId: undefined,
        instanceOwnerId: undefined,
      },
    ],
  }),
  table('rtb-00000004', { gatewayIds: ['igw-00000001'], tags: { Name: 'private-edge' } }),
];

const select = (...texts: string[]): string[] =>
  selectTables(tables, { ids: [], expressions: texts.map(parseTableExpression) }).map(({ id }) =>
    id.slice(-1),
  );

describe('table selection', () => {
  test.each([
    ['all', '123'],
    ['main', '1'],
    ['id:rtb-00000002', '2'],
    ['vpc:vpc-00000002', '3'],
    ['subnet:subnet-00000002', '2'],
    ['subnet:subnet-00000009', ''],
    ['tag:role', '2'],
    ['tag:Name=private-a', '2'],
    ['tag:Name~^private-', '23'],
    ['"tag:Name~^private-(a|b)$" and not tag:role', '3'],
    ['has-route:0.0.0.0/0', '3'],
    ['has-route:nat-00000001', '3'],
    ['main or (tag:role and not vpc:vpc-00000002)', '12'],
    ['not all', ''],
  ])('%s', (text, ids) => {
    expect(select(text).join('')).toBe(ids);
  });

  test('a table with an edge association is left out unless it is named', () => {
    expect(select('all')).not.toContain('4');
    expect(selectTables(tables, { ids: ['rtb-00000004'], expressions: [] })).toHaveLength(1);
    expect(select('id:rtb-00000004')).toEqual([]);
  });

  test('several expressions add up', () => {
    expect(select('main', 'tag:role')).toEqual(['1', '2']);
  });

  test.each([
    ['', 'character 1'],
    ['main and', 'character 9'],
    ['(main', 'character 6'],
    ['main main', 'character 6'],
    ['tag:Name~(', 'character 10'],
    ['"tag:Name~("', 'character 1'],
    ['tag:"Name', 'character 5'],
    ['id:rtb-1', 'character 1'],
    ['colour:red', 'character 1'],
    ['tag:', 'character 1'],
    ['not', 'character 4'],
    ['main or )', 'character 9'],
    ['constructor:x', 'character 1'],
  ])('%j is refused with its place', (text, where) => {
    expect(() => parseTableExpression(text)).toThrow(InputError);
    expect(() => parseTableExpression(text)).toThrow(where);
  });

  test('an expression means what JavaScript means by it', () => {
    const words = ['a', 'b', 'c'] as const;
    const tree = fc.letrec<{ node: string }>((tie) => ({
      node: fc.oneof(
        { maxDepth: 5 },
        fc.constantFrom(...words),
        fc
          .tuple(tie('node'), fc.constantFrom('and', 'or'), tie('node'))
          .map(([a, op, b]) => `(${a} ${op} ${b})`),
        tie('node').map((inner) => `not ${inner}`),
      ),
    })).node;
    fc.assert(
      fc.property(tree, fc.tuple(fc.boolean(), fc.boolean(), fc.boolean()), (text, truths) => {
        const value = (word: string): boolean => truths[words.indexOf(word as 'a')] ?? false;
        const script = text
          .replaceAll(/\b[abc]\b/g, (word) => String(value(word)))
          .replaceAll('and', '&&')
          .replaceAll('or', '||')
          .replaceAll('not', '!');

        const expected = new Function(`return ${script}`)() as boolean;
        expect(evaluate(parseExpression(text), value)).toBe(expected);
      }),
      propertyOptions(500),
    );
  });
});
