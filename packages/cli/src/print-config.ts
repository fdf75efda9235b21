import type { App } from './app.js';
import type { EffectiveValue } from './context.js';
import type { Output } from './output/output.js';
import { formatDuration } from './options/decode.js';
import { optionsOf } from './options/common-options.js';
import { longName } from './options/option.js';
import type { CommandLine } from './options/read-argv.js';

/** Prints the effective values of a command and where each came from. */
export function printConfig(
  app: App,
  line: CommandLine,
  effective: readonly EffectiveValue[],
  out: Output,
): void {
  const declared = new Map(
    Object.entries(optionsOf(app, line.command)).map(([key, option]) => [longName(key, option), option]),
  );
  const show = ({ name, value }: EffectiveValue): string => {
    const kind = declared.get(name)?.kind;
    const items: readonly unknown[] = Array.isArray(value) ? value : [value];
    return items
      .map((item) => {
        if (item === null || item === undefined) return '';
        if (kind === 'duration' && typeof item === 'number') return formatDuration(item);
        return typeof item === 'string' ? item : JSON.stringify(item);
      })
      .join(', ');
  };
  out.result({
    json: { command: line.command?.name ?? null, options: effective },
    text: () => {
      out.table(effective, [
        { title: 'OPTION', value: (row) => row.name, canShrink: false },
        { title: 'VALUE', value: show },
        { title: 'ORIGIN', value: (row) => row.origin, canShrink: false },
        { title: 'WHERE', value: (row) => row.where },
      ]);
    },
  });
}
