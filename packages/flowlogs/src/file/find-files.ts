import { type Dirent } from 'node:fs';
import { open, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { FlowLogsError } from '../errors.js';
import { compressionOf } from '../stream/decompress.js';

/** A file of flow logs. */
export interface LogFile {
  readonly path: string;
  /** Bytes on disk. */
  readonly bytes: number;
  readonly kind: 'text' | 'gzip' | 'zstd' | 'parquet';
}

/**
 * Files named by paths, directories (everything below that looks like a log) and globs (`*` and `?` within a name, `**`
 * for any depth), each once, in order of their names within each pattern.
 * @throws FlowLogsError NET_FLOWLOGS_SOURCE when a path does not exist or a pattern matches nothing
 */
export async function findFiles(patterns: readonly string[]): Promise<LogFile[]> {
  const found = new Map<string, LogFile>();
  for (const pattern of patterns) {
    const paths = await pathsOf(pattern);
    if (paths.length === 0) throw new FlowLogsError('NET_FLOWLOGS_SOURCE', `nothing matches ${pattern}`);
    for (const file of paths) if (!found.has(file)) found.set(file, await describeFile(file));
  }
  return [...found.values()];
}

async function pathsOf(pattern: string): Promise<string[]> {
  const { existing, directory } = await look(pattern);
  if (existing) return directory ? walk(pattern, looksLikeLog) : [pattern];
  if (!/[*?]/.test(pattern)) throw new FlowLogsError('NET_FLOWLOGS_SOURCE', `there is no file ${pattern}`);
  const fixed = pattern.slice(0, pattern.search(/[*?]/));
  const base = fixed.endsWith('/') ? fixed : path.dirname(`${fixed}x`);
  const expression = globExpression(path.normalize(pattern));
  const { directory: hasBase } = await look(base);
  return hasBase ? walk(base, (file) => expression.test(path.normalize(file))) : [];
}

async function look(file: string): Promise<{ existing: boolean; directory: boolean }> {
  try {
    return { existing: true, directory: (await stat(file)).isDirectory() };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw unreadable(file, error);
    return { existing: false, directory: false };
  }
}

async function walk(directory: string, wanted: (file: string) => boolean): Promise<string[]> {
  let entries: Dirent[];
  try {
    entries = await readdir(directory, { withFileTypes: true });
  } catch (error) {
    throw unreadable(directory, error);
  }
  const files: string[] = [];
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const file = path.join(directory, entry.name);
    if (entry.isDirectory()) files.push(...(await walk(file, wanted)));
    else if (wanted(file)) files.push(file);
  }
  return files;
}

function looksLikeLog(file: string): boolean {
  return /\.(log|txt|gz|zst|parquet)$/.test(file);
}

function globExpression(glob: string): RegExp {
  const source = glob.replaceAll(/\*\*\/|\*\*|\*|\?|[.+^${}()|[\]\\]/g, (part) => {
    switch (part) {
      case '**/':
        return '(?:.*/)?';
      case '**':
        return '.*';
      case '*':
        return '[^/]*';
      case '?':
        return '[^/]';
      default:
        return `\\${part}`;
    }
  });
  return new RegExp(`^${source}$`);
}

async function describeFile(file: string): Promise<LogFile> {
  try {
    const handle = await open(file, 'r');
    try {
      const { size } = await handle.stat();
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(4), 0, 4, 0);
      const head = buffer.subarray(0, bytesRead);
      const isParquet = head.toString('latin1') === 'PAR1';
      const compression = compressionOf(head);
      return {
        path: file,
        bytes: size,
        kind: isParquet ? 'parquet' : compression === 'none' ? 'text' : compression,
      };
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw unreadable(file, error);
  }
}

function unreadable(file: string, error: unknown): FlowLogsError {
  if (error instanceof FlowLogsError) return error;
  return new FlowLogsError('NET_FLOWLOGS_SOURCE', `cannot read ${file}: ${(error as Error).message}`, {
    cause: error,
  });
}
