import type { App } from './app.js';
import { optionsOf } from './options/common-options.js';
import { longName } from './options/option.js';

/** A completion script for a shell: commands, flags, and the words of choices. It calls nothing when used. */
export function formatCompletion(app: App, shell: 'bash' | 'zsh'): string {
  const bash = bashScript(app);
  // zsh runs bash completions itself after bashcompinit.
  return shell === 'bash'
    ? bash
    : `#compdef ${app.name}\nautoload -U +X compinit && compinit\nautoload -U +X bashcompinit && bashcompinit\n${bash}`;
}

function bashScript(app: App): string {
  const fn = `_${app.name.replaceAll(/[^A-Za-z0-9_]/g, '_')}`;
  const commands = app.commands.filter((c) => !c.hidden);
  const defaultCommand = app.commands.find((c) => c.name === app.defaultCommand);
  const cases = commands.map((c) => `    ${c.name}) words=${quote(words(app, c.name))} ;;`);
  const values = new Map<string, string>();
  for (const command of app.commands) {
    for (const [key, declared] of Object.entries(optionsOf(app, command))) {
      if (declared.kind === 'boolean') continue;
      const flags = [
        `--${longName(key, declared)}`,
        ...(declared.short === undefined ? [] : [`-${declared.short}`]),
      ];
      for (const flag of flags) values.set(flag, (declared.choices ?? []).join(' '));
    }
  }
  const valueCases = [...values].map(([flag, choices]) =>
    choices === ''
      ? `    ${flag}) COMPREPLY=( $(compgen -f -- "$current") ); return ;;`
      : `    ${flag}) COMPREPLY=( $(compgen -W ${quote(choices)} -- "$current") ); return ;;`,
  );
  const first = [
    ...(commands.length > 1 ? commands.map((c) => c.name) : []),
    words(app, defaultCommand?.name),
  ].join(' ');
  return `${[
    `${fn}() {`,
    '  local current="${COMP_WORDS[COMP_CWORD]}" previous="${COMP_WORDS[COMP_CWORD-1]}" words word',
    '  case "$previous" in',
    ...valueCases,
    '  esac',
    `  words=${quote(first)}`,
    '  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do',
    '    case "$word" in',
    ...cases.map((line) => `  ${line}`),
    '    esac',
    '  done',
    '  COMPREPLY=( $(compgen -W "$words" -- "$current") )',
    '}',
    `complete -F ${fn} ${app.name}`,
  ].join('\n')}\n`;
}

function words(app: App, commandName: string | undefined): string {
  const command = app.commands.find((c) => c.name === commandName);
  return Object.entries(optionsOf(app, command))
    .filter(([, declared]) => !declared.hidden)
    .map(([key, declared]) => `--${longName(key, declared)}`)
    .join(' ');
}

function quote(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
