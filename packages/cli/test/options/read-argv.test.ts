import { describe, expect, test } from '@jest/globals';
import { propertyOptions } from '@net/testing';
import fc from 'fast-check';
import { UsageError, defineApp, defineCommand, option } from '../../src/index.js';
import { readArgv } from '../../src/options/read-argv.js';

const app = defineApp({
  name: 'demo',
  summary: 'Demo',
  version: '1.0.0',
  envPrefix: 'DEMO',
  defaultCommand: 'run',
  common: { help: { short: false }, json: { short: 'j' }, loggingTo: false },
  commands: [
    defineCommand({
      name: 'run',
      summary: 'Run',
      options: {
        routeTable: option.string({ short: 'r', describe: '', repeatable: true }),
        host: option.string({ short: 'h', describe: '' }),
        logging: option.string({ short: 'L', describe: '' }),
        deep: option.flag({ short: 'x', describe: '' }),
      },
      handler: () => Promise.resolve(0),
    }),
    defineCommand({
      name: 'explain',
      summary: 'Explain',
      positionals: {
        from: option.string({ describe: '', required: true }),
        to: option.string({ describe: '', repeatable: true }),
      },
      handler: () => Promise.resolve(0),
    }),
  ],
});

const texts = (argv: readonly string[], flag: string): readonly string[] =>
  (readArgv(app, argv).flags.get(flag) ?? []).map((o) => o.text);

describe('readArgv', () => {
  test('understands every customary spelling of a value', () => {
    for (const argv of [['-r', 'a'], ['-ra'], ['-r=a'], ['-xra'], ['-xr', 'a'], ['-jxr=a']]) {
      expect(texts(argv, '-r')).toEqual(['a']);
    }
    expect(texts(['--route-table', 'a', '--route-table=b'], '--route-table')).toEqual(['a', 'b']);
    expect(texts(['-h', 'x', '-L', 'y'], '-h')).toEqual(['x']);
    expect(readArgv(app, ['-r', '-1', '--', '-z', '--']).rest).toEqual(['-z', '--']);
  });

  test('carries any value through unchanged, with its position', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ minLength: 1, unit: 'binary' }), { minLength: 1, maxLength: 5 }),
        (values) => {
          const inline = readArgv(app, ['run', ...values.map((v) => `--route-table=${v}`)]);
          expect(inline.flags.get('--route-table')).toEqual(
            values.map((text, i) => ({ text, argument: i + 2 })),
          );
          const apart = values.filter((v) => !v.startsWith('-'));
          const spaced = readArgv(
            app,
            apart.flatMap((v) => ['-r', v]),
          );
          expect(spaced.flags.get('-r') ?? []).toEqual(
            apart.map((text, i) => ({ text, argument: 2 * i + 2 })),
          );
        },
      ),
      propertyOptions(300),
    );
  });

  test('quotes, brackets, newlines and names of prototypes are values like others', () => {
    for (const value of [
      `'a'`,
      `"a"`,
      `""a""`,
      '[1]',
      'a\nb',
      '__proto__',
      'constructor',
      '-',
      'true',
      '=',
      '0x1F',
      '1e5',
    ]) {
      expect(texts([`--route-table=${value}`], '--route-table')).toEqual([value]);
    }
    expect(() => readArgv(app, ['--__proto__=1'])).toThrow(UsageError);
    expect(() => readArgv(app, ['--constructor', '1'])).toThrow(UsageError);
  });

  test('any arguments are read or refused with a UsageError', () => {
    const word = fc.oneof(
      fc.string(),
      fc.constantFrom(
        'run',
        'explain',
        '-r',
        '-x',
        '--deep',
        '--no-deep',
        '--no-route-table',
        '--',
        '-xh',
        '--json=',
        '--=',
      ),
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 8 }), (argv) => {
        try {
          readArgv(app, argv);
        } catch (error) {
          expect(error).toBeInstanceOf(UsageError);
        }
      }),
      propertyOptions(1000),
    );
  });

  test('flags may be turned off, and stand before the command', () => {
    expect(texts(['-x', '--no-deep'], '--deep')).toEqual(['false']);
    expect(readArgv(app, ['--json', 'explain', 'a', 'b', 'c'])).toMatchObject({
      isNamed: true,
      words: [{ text: 'a', argument: 3 }, { text: 'b' }, { text: 'c' }],
    });
    expect(() => readArgv(app, ['--no-host'])).toThrow(/unknown option --no-host/);
    expect(() => readArgv(app, ['--deep=maybe'])).toThrow(/"maybe" is not one of/);
    expect(() => readArgv(app, ['--no-deep=1'])).toThrow(/takes no value/);
  });

  test('authors are told about clashing flags', () => {
    const command = (
      options: Parameters<typeof defineCommand>[0]['options'],
    ): ReturnType<typeof defineCommand> =>
      defineCommand({
        name: 'run',
        summary: '',
        ...(options ? { options } : {}),
        handler: () => Promise.resolve(0),
      });
    const declare = (options: Parameters<typeof defineCommand>[0]['options']): (() => unknown) => {
      return () => defineApp({ ...app, commands: [command(options)] });
    };
    expect(declare({ a: option.flag({ short: 'j', describe: '' }) })).toThrow(/both claim -j/);
    expect(declare({ json: option.flag({ describe: '' }) })).toThrow(TypeError);
    expect(declare({ a: option.flag({ short: 'ab', describe: '' }) })).toThrow(/not one letter/);
    expect(() => defineApp({ ...app, envPrefix: 'x-y' })).toThrow(/UPPER_SNAKE_CASE/);
  });
});
