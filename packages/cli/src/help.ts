import type { App, Command, Example } from './app.js';
import { optionsOf } from './options/common-options.js';
import { formatDuration } from './options/decode.js';
import { type Option, longName } from './options/option.js';
import { type Paint, wrap } from './output/text.js';

/** What ends a process, before an app's own codes. */
const exitCodes: Readonly<Record<number, string>> = {
  0: 'done, or nothing to do',
  1: 'unexpected failure',
  2: 'usage: an option, a variable or the configuration file is wrong',
  3: 'a privilege or prerequisite is missing',
};

/** The help of an app, or of one of its commands when one was named. */
export function formatHelp(
  app: App,
  named: Command | undefined,
  options: { readonly width: number; readonly paint: Paint },
): string {
  const { width, paint } = options;
  const shown = named ?? app.commands.find((c) => c.name === app.defaultCommand);
  const sections: string[] = [wrap(named?.summary ?? app.summary, width)];
  const title = (text: string): string => paint('bold', `${text}:`);
  sections.push(`${title('Usage')} ${usageOf(app, named, shown)}`);
  if (shown?.description && (named !== undefined || app.commands.length === 1)) {
    sections.push(
      shown.description
        .split('\n')
        .map((line) => wrap(line, width))
        .join('\n'),
    );
  }
  const examples = named
    ? named.examples
    : [...(app.examples ?? []), ...(app.examples ? [] : (shown?.examples ?? []))];
  if (examples.length > 0)
    sections.push(`${title('Examples')}\n${examples.map((e) => formatExample(e, paint)).join('\n')}`);
  const commands = app.commands.filter((c) => !c.hidden);
  if (!named && commands.length > 1) {
    const rows = commands.map(
      (c) => [c.name + (c.name === app.defaultCommand ? ' (default)' : ''), c.summary] as const,
    );
    sections.push(`${title('Commands')}\n${twoColumns(rows, width)}`);
  }
  const positionals = Object.entries(shown?.positionals ?? {});
  if (positionals.length > 0) {
    const rows = positionals.map(
      ([key, declared]) => [positionalName(key, declared), describe(declared)] as const,
    );
    sections.push(`${title('Arguments')}\n${twoColumns(rows, width)}`);
  }
  for (const [group, rows] of groupedOptions(app, shown))
    sections.push(`${title(group)}\n${twoColumns(rows, width)}`);
  const codes = Object.entries({ ...exitCodes, ...app.exitCodes });
  sections.push(`${title('Exit codes')}\n${twoColumns(codes, width)}`);
  sections.push(`${title('Environment')}\n${environmentNote(app, width)}`);
  if (app.docs) sections.push(`${title('Documentation')} ${app.docs}`);
  return `${sections.join('\n\n')}\n`;
}

function usageOf(app: App, named: Command | undefined, shown: Command | undefined): string {
  const positionals = Object.entries(shown?.positionals ?? {}).map(([key, declared]) => {
    const name = positionalName(key, declared) + (declared.repeatable ? '...' : '');
    return declared.required ? name : `[${name}]`;
  });
  const command = named
    ? [named.name]
    : app.commands.length > 1
      ? [app.defaultCommand === undefined ? 'COMMAND' : '[COMMAND]']
      : [];
  return [app.name, ...command, '[options]', ...positionals].join(' ');
}

function positionalName(key: string, declared: Option<unknown>): string {
  return (declared.placeholder ?? longName(key, declared)).toUpperCase();
}

function formatExample(example: Example, paint: Paint): string {
  return `  ${example.command}\n      ${paint('dim', example.does)}`;
}

function groupedOptions(app: App, command: Command | undefined): Map<string, (readonly [string, string])[]> {
  const groups = new Map<string, (readonly [string, string])[]>();
  for (const [key, declared] of Object.entries(optionsOf(app, command))) {
    if (declared.hidden) continue;
    const group = declared.group ?? 'Options';
    const rows = groups.get(group) ?? [];
    rows.push([flagColumn(key, declared), describe(declared)]);
    groups.set(group, rows);
  }
  return groups;
}

const placeholders: Readonly<Record<Option<unknown>['kind'], string>> = {
  boolean: '',
  string: 'TEXT',
  integer: 'N',
  number: 'N',
  duration: 'TIME',
  choice: 'WORD',
  value: 'VALUE',
};

function flagColumn(key: string, declared: Option<unknown>): string {
  const short = declared.short === undefined ? '    ' : `-${declared.short}, `;
  const long = longName(key, declared);
  if (declared.kind === 'boolean') return `${short}--${declared.default === true ? '[no-]' : ''}${long}`;
  return `${short}--${long} ${declared.placeholder ?? placeholders[declared.kind]}`;
}

function describe(declared: Option<unknown>): string {
  const notes: string[] = [];
  if (declared.required) notes.push('required');
  if (declared.repeatable) notes.push('repeatable');
  if (declared.kind === 'choice') notes.push(`one of ${(declared.choices ?? []).join(', ')}`);
  const show = declared.kind === 'duration' ? formatDuration : String;
  if (declared.min !== undefined && declared.max !== undefined) {
    notes.push(`${show(declared.min)} to ${show(declared.max)}`);
  } else if (declared.min !== undefined) notes.push(`at least ${show(declared.min)}`);
  else if (declared.max !== undefined) notes.push(`at most ${show(declared.max)}`);
  const standard = defaultText(declared);
  if (standard !== undefined) notes.push(`default: ${standard}`);
  return notes.length === 0 ? declared.describe : `${declared.describe} (${notes.join('; ')})`;
}

function defaultText(declared: Option<unknown>): string | undefined {
  if (declared.defaultText !== undefined) return declared.defaultText;
  if (declared.kind === 'boolean' || declared.default === undefined || declared.secret) return undefined;
  const items: readonly unknown[] = Array.isArray(declared.default) ? declared.default : [declared.default];
  if (items.length === 0) return undefined;
  return items
    .map((item) =>
      declared.kind === 'duration' && typeof item === 'number' ? formatDuration(item) : String(item),
    )
    .join(', ');
}

function twoColumns(rows: readonly (readonly [string, string])[], width: number): string {
  const left = Math.min(34, Math.max(...rows.map(([name]) => name.length)) + 2);
  return rows
    .map(([name, words]) => {
      const text = wrap(words, Math.max(24, width - left - 2), left + 2);
      if (name.length > left - 2) return `  ${name}\n${' '.repeat(left + 2)}${text}`;
      return `  ${name.padEnd(left)}${text}`;
    })
    .join('\n');
}

function environmentNote(app: App, width: number): string {
  const prefix = app.envPrefix.replace(/_$/, '');
  const note =
    `Every option can be given as ${prefix}_NAME (upper case, dashes as underscores, lists separated by commas) or in ` +
    'the file of --config. Flags win over the environment, the environment over the file.';
  const own = Object.entries(app.environment ?? {});
  return `  ${wrap(note, width - 2, 2)}${own.length > 0 ? `\n${twoColumns(own, width)}` : ''}`;
}
