import { UsageError } from '../errors.js';
import { nearest } from './nearest.js';
import { readFileSync, statSync } from 'node:fs';

/** One setting of a configuration file. */
export interface FileSetting {
  readonly value: unknown;
  /** File and line, as `options.yaml:3`. */
  readonly where: string;
}

/** A configuration larger than this is a mistake. */
const mostBytes = 1024 * 1024;

/**
 * Reads a JSON or YAML file whose top level maps long option names to values. Throws {@link UsageError} with
 * file and line for unreadable files, syntax errors, keys given twice and keys not in `known`.
 */
export async function readConfigFile(
  path: string,
  known: readonly string[],
): Promise<Map<string, FileSetting>> {
  const text = readText(path);
  const { LineCounter, isMap, isScalar, parseDocument } = await import('yaml');
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    ...(path.endsWith('.json') ? { schema: 'json', version: '1.2' } : {}),
  });
  const first = document.errors[0];
  if (first) {
    throw new UsageError(`${path}:${lines.linePos(first.pos[0]).line}: ${firstLine(first.message)}`, {
      cause: first,
    });
  }
  if (path.endsWith('.json')) checkJson(path, text);
  const settings = new Map<string, FileSetting>();
  if (document.contents === null) return settings;
  if (!isMap(document.contents)) {
    throw new UsageError(`${path}:1: the top level must map option names to values`);
  }
  for (const { key, value } of document.contents.items) {
    const at = isScalar(key) ? lines.linePos(key.range[0]).line : 1;
    const where = `${path}:${at}`;
    const name = isScalar(key) && typeof key.value === 'string' ? key.value : String(key);
    if (!known.includes(name)) {
      const guess = nearest(name, known);
      throw new UsageError(
        `${where}: unknown option "${name}"`,
        guess ? { hint: `Did you mean ${guess}?` } : {},
      );
    }
    settings.set(name, { value: plain(document, value, where), where });
  }
  return settings;
}

function readText(path: string): string {
  try {
    if (statSync(path).size > mostBytes) throw new UsageError(`${path} is larger than 1 MiB`);
    return readFileSync(path, 'utf8').replace(/^\uFEFF/, '');
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const code = (error as NodeJS.ErrnoException).code ?? 'unreadable';
    const why = code === 'ENOENT' ? 'there is no such file' : code === 'EACCES' ? 'may not be read' : code;
    throw new UsageError(`cannot read the configuration file ${path}: ${why}`, { cause: error });
  }
}

/** YAML reads more than JSON; a file that calls itself JSON is held to it. */
function checkJson(path: string, text: string): void {
  try {
    JSON.parse(text);
  } catch (error) {
    throw new UsageError(`${path}: ${error instanceof Error ? firstLine(error.message) : 'is not JSON'}`, {
      cause: error,
    });
  }
}

function plain(document: { toJS: () => unknown }, value: unknown, where: string): unknown {
  if (typeof value !== 'object' || value === null || !('toJS' in value)) return null;
  try {
    return (value as { toJS: (of: unknown) => unknown }).toJS(document);
  } catch (error) {
    throw new UsageError(
      `${where}: ${error instanceof Error ? firstLine(error.message) : 'cannot be read'}`,
      {
        cause: error,
      },
    );
  }
}

function firstLine(text: string): string {
  return (text.split('\n')[0] ?? '').replace(/ at line \d+, column \d+:?$/, '');
}
