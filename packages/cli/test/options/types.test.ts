import { expect, test } from '@jest/globals';
import { type OptionValues, type OptionsFor, defineCommand, option } from '../../src/index.js';

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const holds = <T extends true>(): T | undefined => undefined;

interface Settings {
  readonly tables: readonly string[];
  readonly region: string | undefined;
  readonly port: number;
}

const exported: OptionsFor<Settings> = {
  tables: option.string({ describe: '', repeatable: true }),
  region: option.string({ describe: '' }),
  port: option.integer({ describe: '', default: 80 }),
};

// @ts-expect-error -- without a default the value may be missing
const wrong: OptionsFor<Settings> = { ...exported, port: option.integer({ describe: '' }) };

test('the types of values follow from the declarations', () => {
  const options = {
    name: option.string({ describe: '', required: true }),
    mode: option.choice({ describe: '', choices: ['a', 'b'] }),
    modes: option.choice({ describe: '', choices: ['a', 'b'], repeatable: true }),
    mostMode: option.choice({ describe: '', choices: ['a', 'b'], default: 'a' }),
    wait: option.duration({ describe: '', default: 5 }),
    flag: option.flag({ describe: '' }),
    cidr: option.value({ describe: '', parse: (text: string) => ({ text }) }),
    cidrs: option.value({ describe: '', parse: (text: string) => ({ text }), repeatable: true }),
  };
  type Values = OptionValues<typeof options>;
  holds<Same<Values['name'], string>>();
  holds<Same<Values['mode'], 'a' | 'b' | undefined>>();
  holds<Same<Values['modes'], readonly ('a' | 'b')[]>>();
  holds<Same<Values['mostMode'], 'a' | 'b'>>();
  holds<Same<Values['wait'], number>>();
  holds<Same<Values['flag'], boolean>>();
  holds<Same<Values['cidr'], { text: string } | undefined>>();
  holds<Same<Values['cidrs'], readonly { text: string }[]>>();
  const command = defineCommand({
    name: 'run',
    summary: '',
    options: { ...exported, ...options },
    positionals: { path: option.string({ describe: '', required: true }) },
    handler: (context) => {
      holds<Same<typeof context.options.port, number>>();
      holds<Same<typeof context.options.path, string>>();
      // @ts-expect-error -- not declared
      expect(context.options.other).toBeUndefined();
      return Promise.resolve(0);
    },
  });
  expect(command.name).toBe('run');
  expect(Object.keys(wrong)).toHaveLength(3);
});
