import { HandlerError } from '../errors.js';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';

/** A program and its first arguments, ready for a start without a shell. */
export interface HookCommand {
  readonly file: string;
  readonly args: readonly string[];
}

/**
 * Reads what stands behind `-c` or `-r`: a program, or a program and arguments separated by blanks (quotes keep blanks
 * together). A name without a slash is looked up on PATH. Nothing is expanded: no shell is involved.
 *
 * @throws HandlerError `NET_GWLBTUN_HOOK`, exit code 2, when there is no such executable file.
 */
export function parseHookCommand(
  option: string,
  text: string,
  path: string = process.env['PATH'] ?? '',
): HookCommand {
  const whole = findExecutable(text, path);
  if (whole !== undefined) return { file: whole, args: [] };
  const words = splitWords(text);
  const [name, ...args] = words ?? [];
  if (words && /[|&;<>`]|\$\(/.test(text))
    throw new HandlerError(
      'NET_GWLBTUN_HOOK',
      2,
      `${option}: ${JSON.stringify(text)} is written for a shell`,
      {
        hint: 'Hooks are started without a shell: put the commands into a script.',
      },
    );
  const file = name === undefined ? undefined : findExecutable(name, path);
  if (file === undefined)
    throw new HandlerError('NET_GWLBTUN_HOOK', 2, `${option}: ${whyNot(name ?? text)}`, {
      hint: 'Give the path of an executable file.',
    });
  return { file, args };
}

function findExecutable(name: string, path: string): string | undefined {
  if (name === '') return undefined;
  const candidates = name.includes('/')
    ? [resolve(name)]
    : path.split(delimiter).map((folder) => join(folder === '' ? '.' : folder, name));
  return candidates.find(isExecutableFile);
}

function isExecutableFile(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

function whyNot(name: string): string {
  const shown = JSON.stringify(name);
  if (!name.includes('/')) return `there is no program ${shown} on PATH`;
  try {
    if (!statSync(resolve(name)).isFile()) return `${shown} is not a file`;
    return `${shown} is not executable`;
  } catch {
    return `${shown} does not exist`;
  }
}

/** Words of a command line with single and double quotes, or `undefined` when a quote is not closed. */
function splitWords(text: string): string[] | undefined {
  const words: string[] = [];
  const pattern = /\s*(?:((?:[^\s'"]|'[^']*'|"[^"]*")+)|$)/y;
  while (pattern.lastIndex < text.length) {
    const match = pattern.exec(text);
    if (!match) return undefined;
    if (match[1] !== undefined) words.push(match[1].replace(/'([^']*)'|"([^"]*)"/g, '$1$2'));
  }
  return words;
}
