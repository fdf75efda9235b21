import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Fence, Markdown } from './markdown.js';
import { root, sourceFiles } from './repository.js';

/** A call of one of our tools in a document. */
export interface ToolCall {
  readonly tool: string;
  readonly args: readonly string[];
  readonly line: number;
}

/** Programs of our tools by the names that users type. */
export const toolPrograms: ReadonlyMap<string, string> = new Map(
  sourceFiles(/^[^/]+\/[^/]+\/package\.json$/).flatMap((path) => {
    const manifest = JSON.parse(readFileSync(join(root, path), 'utf8')) as {
      name: string;
      bin?: Record<string, string>;
    };
    return Object.entries(manifest.bin ?? {})
      .map(([name, file]): [string, string] => [name, join(root, path, '..', file)])
      .filter(([, program]) => existsSync(program));
  }),
);

/** Calls of our tools with arguments in the document's shell blocks and in code of its running text. */
export function toolCalls({ fences, spans }: Markdown): ToolCall[] {
  return [
    ...fences.filter(({ language }) => /^(?:|sh|bash|console)$/.test(language)).flatMap(callsInFence),
    ...spans.flatMap(({ text, line }) => callsInLine(text, line)),
  ].filter(({ args }) => args.length > 0);
}

/** Without a language a line is a command only behind a prompt, with npx, or when the block installs something. */
function callsInFence({ language, content, line }: Fence): ToolCall[] {
  const joined = content.replace(/\\\n\s*/g, ' ');
  const isShell = /^(?:sh|bash)$/.test(language) || /^npm install/m.test(content);
  return joined.split('\n').flatMap((text, index) => {
    const prompted = /^[$#] (.*)$/.exec(text)?.[1];
    const command = prompted ?? (isShell || text.startsWith('npx @net/') ? text : undefined);
    return command === undefined ? [] : callsInLine(command, line + 1 + index);
  });
}

function callsInLine(text: string, line: number): ToolCall[] {
  return simpleCommands(text).flatMap((words) => {
    const [first, ...rest] = withoutPrefixes(words);
    const tool = first?.replace(/^@net\//, '');
    return tool !== undefined && toolPrograms.has(tool) ? [{ tool, args: rest, line }] : [];
  });
}

/** Words of each command of a line: quotes are taken off, pipes and lists separate, redirections and comments end. */
function simpleCommands(text: string): string[][] {
  const commands: string[][] = [[]];
  for (const [, quoted, single, word] of text.matchAll(
    /"([^"]*)"|'([^']*)'|((?:[^\s"'|;&<>]|&(?!&))+|\|\|?|&&|;|[<>]+)/g,
  )) {
    if (word !== undefined && /^(?:\||\|\||&&|;|&)$/.test(word)) commands.push([]);
    else if (word?.startsWith('#') || (word !== undefined && /^[<>]/.test(word))) commands.at(-1)!.push('\0');
    else commands.at(-1)!.push(quoted ?? single ?? word!);
  }
  return commands.map((words) => (words.includes('\0') ? words.slice(0, words.indexOf('\0')) : words));
}

function withoutPrefixes(words: readonly string[]): string[] {
  const isPrefix = (word: string): boolean => /^(?:sudo|npx|--no-install|--yes|[A-Z_]+=\S*)$/.test(word);
  const start = words.findIndex((word) => !isPrefix(word));
  return start < 0 ? [] : words.slice(start);
}
