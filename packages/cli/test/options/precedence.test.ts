import { describe, expect, test } from '@jest/globals';
import { propertyOptions, temporaryDirectory } from '@net/testing';
import fc from 'fast-check';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { type EffectiveValue, defineApp, defineCommand, option } from '../../src/index.js';
import { runInMemory } from '../in-memory.js';

const app = defineApp({
  name: 'demo',
  summary: 'Demo',
  version: '1.0.0',
  envPrefix: 'DEMO_',
  defaultCommand: 'run',
  commands: [
    defineCommand({
      name: 'run',
      summary: 'Run',
      options: {
        count: option.integer({ describe: '', default: 0 }),
        deep: option.flag({ describe: '' }),
        routeTable: option.string({ describe: '', repeatable: true }),
        waitTime: option.duration({ describe: '', env: ['WAIT'] }),
      },
      handler: ({ out, options, effective }) => {
        out.json({ options, effective });
        return Promise.resolve(0);
      },
    }),
  ],
});

const folder = temporaryDirectory('precedence');
const id = fc.stringMatching(/^[a-z][a-z0-9-]{0,8}$/);
const given = {
  count: fc.option(fc.integer({ min: -1e9, max: 1e9 }), { nil: undefined }),
  deep: fc.option(fc.boolean(), { nil: undefined }),
  routeTable: fc.option(fc.array(id, { minLength: 1, maxLength: 3 }), { nil: undefined }),
  waitTime: fc.option(fc.integer({ min: 0, max: 1e8 }), { nil: undefined }),
};

interface Source {
  readonly count: number | undefined;
  readonly deep: boolean | undefined;
  readonly routeTable: string[] | undefined;
  readonly waitTime: number | undefined;
}

const argvOf = (source: Source): string[] => [
  ...(source.count === undefined ? [] : ['--count', String(source.count)]),
  ...(source.deep === undefined ? [] : [source.deep ? '--deep' : '--no-deep']),
  ...(source.routeTable ?? []).map((text) => `--route-table=${text}`),
  ...(source.waitTime === undefined ? [] : ['--wait-time', `${source.waitTime}ms`]),
];
const envOf = (source: Source, legacy: boolean): Record<string, string | undefined> => ({
  DEMO_COUNT: source.count?.toString(),
  DEMO_DEEP: source.deep === undefined ? undefined : source.deep ? 'yes' : '0',
  DEMO_ROUTE_TABLE: source.routeTable?.join(', '),
  [legacy ? 'WAIT' : 'DEMO_WAIT_TIME']: source.waitTime === undefined ? undefined : `${source.waitTime}ms`,
});
const fileOf = (source: Source): Record<string, unknown> => ({
  count: source.count,
  deep: source.deep,
  'route-table': source.routeTable,
  'wait-time': source.waitTime === undefined ? undefined : `${source.waitTime}ms`,
});

describe('precedence', () => {
  test('each option comes from the first source that has it, whatever the others have', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record(given),
        fc.record(given),
        fc.record(given),
        fc.boolean(),
        fc.boolean(),
        async (flags, env, file, isJson, legacy) => {
          const path = join(folder, isJson ? 'options.json' : 'options.yaml');
          writeFileSync(
            path,
            isJson ? JSON.stringify(fileOf(file)) : stringify(fileOf(file), { keepUndefined: false }),
          );
          const { code, stdout, stderr } = await runInMemory(
            app,
            ['--config', path, ...argvOf(flags)],
            envOf(env, legacy),
          );
          expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
          const result = JSON.parse(stdout) as { options: Source; effective: EffectiveValue[] };
          const names = {
            count: 'count',
            deep: 'deep',
            routeTable: 'route-table',
            waitTime: 'wait-time',
          } as const;
          const defaults = { count: 0, deep: false, routeTable: [], waitTime: undefined };
          for (const key of ['count', 'deep', 'routeTable', 'waitTime'] as const) {
            expect(result.options[key]).toEqual(flags[key] ?? env[key] ?? file[key] ?? defaults[key]);
            const origin =
              flags[key] !== undefined
                ? 'flag'
                : env[key] !== undefined
                  ? 'environment'
                  : file[key] !== undefined
                    ? 'file'
                    : undefined;
            const shown = result.effective.find((value) => value.name === names[key]);
            if (origin) expect(shown?.origin).toBe(origin);
            else expect(['default', 'not set']).toContain(shown?.origin);
          }
        },
      ),
      propertyOptions(150),
    );
  });

  test.each([
    ['a.yaml', 'count: 1\ncuont: 2\n', 'a.yaml:2: unknown option "cuont". Did you mean count?'],
    ['a.yaml', 'count: one\n', 'a.yaml:1: count: "one" must be a number'],
    ['a.yaml', '\n\ndeep: "yes"\n', 'a.yaml:3: deep: "yes" must be true or false'],
    ['a.yaml', 'route-table: [1]\n', 'a.yaml:1: route-table: 1 must be a string (put it in quotes)'],
    ['a.yaml', 'count: [1, 2]\n', 'a.yaml:1: count takes one value, not a list'],
    ['a.yaml', 'count: 1\ncount: 2\n', 'a.yaml:2: Map keys must be unique'],
    ['a.yaml', 'count: {a: 1}\n', 'a.yaml:1: count: {"a":1} must be a number'],
    ['a.yaml', '- count\n', 'a.yaml:1: the top level must map'],
    ['a.yaml', 'count: "\n', 'a.yaml:2: Missing closing "quote'],
    ['a.yaml', 'count: *nobody\n', 'a.yaml:1: Unresolved alias'],
    ['a.yaml', '__proto__: {count: 1}\n', 'a.yaml:1: unknown option "__proto__"'],
    ['a.json', '{"count": 1,}', 'a.json: '],
    ['a.json', '{\n "cuont": 1}', 'a.json:2: unknown option "cuont"'],
  ])('%s %j is refused with its line', async (name, text, message) => {
    const path = join(folder, name);
    writeFileSync(path, text);
    const { code, stderr } = await runInMemory(app, ['--config', path]);
    expect(stderr).toContain(message);
    expect(code).toBe(2);
  });

  test('any file is read or refused, and never more than one line is said', async () => {
    const path = join(folder, 'any.yaml');
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.string(),
          fc.json(),
          fc.jsonValue().map((v) => stringify(v)),
        ),
        async (text) => {
          writeFileSync(path, text);
          const { code, stderr } = await runInMemory(app, ['--config', path]);
          expect([0, 2]).toContain(code);
          expect(stderr.split('\n').length).toBeLessThanOrEqual(2);
        },
      ),
      propertyOptions(200),
    );
  });

  test('any environment is read or refused', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string(), fc.string(), fc.string(), async (count, deep, wait) => {
        const { code } = await runInMemory(app, [], { DEMO_COUNT: count, DEMO_DEEP: deep, WAIT: wait });
        expect([0, 2]).toContain(code);
      }),
      propertyOptions(200),
    );
  });
});
