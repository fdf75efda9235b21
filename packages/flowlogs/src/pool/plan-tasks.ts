import type { LogFile } from '../file/find-files.js';
import { readLogFile } from '../file/read-file.js';
import type { LogFormat } from '../format/log-format.js';
import type { RejectedLine, ScanCounters } from '../scan/rejects.js';
import type { Task } from './task.js';

export interface PlanOptions {
  readonly format: LogFormat | undefined;
  readonly rangeBytes: number;
  /** Files that cannot be shared: their format changes on the way. */
  readonly whole: ReadonlySet<string>;
}

/** Tasks in the order of files and of the parts within each. */
export async function planTasks(files: readonly LogFile[], options: PlanOptions): Promise<readonly Task[]> {
  const { rangeBytes, format, whole } = options;
  const tasks: Task[] = [];
  for (const file of files) {
    if (file.kind !== 'text' || file.bytes <= rangeBytes || whole.has(file.path)) {
      tasks.push({ file, range: undefined, format: format?.key });
      continue;
    }
    const key = await formatOfHead(file, format);
    for (let from = 0; from < file.bytes; from += rangeBytes) {
      const range = { from, to: Math.min(file.bytes, from + rangeBytes) };
      tasks.push({ file, range, format: from === 0 ? format?.key : key });
    }
  }
  return tasks;
}

/** Order of work: largest first, so that no thread is left alone with a large one at the end. */
export function largestFirst(tasks: readonly Task[]): readonly number[] {
  return [...tasks.keys()].sort((a, b) => bytesOf(tasks[b]!) - bytesOf(tasks[a]!) || a - b);
}

/** What a part came to. */
export interface DoneTask {
  readonly counters: ScanCounters;
  readonly rejected: readonly RejectedLine[];
  readonly formatKey: string | undefined;
}

/** Files of which a part began in another format than the part before it ended with. */
export function changedFormats(tasks: readonly Task[], done: readonly (DoneTask | undefined)[]): string[] {
  const changed = tasks.filter((task, index) => {
    const before = tasks[index - 1];
    if (task.range === undefined || before?.file !== task.file) return false;
    const endedWith = done[index - 1]?.formatKey;
    return endedWith !== undefined && endedWith !== task.format;
  });
  return [...new Set(changed.map(({ file }) => file.path))];
}

/** Rejected lines in the order of files and lines, each with its line in the file. */
export function* linesInFiles(
  tasks: readonly Task[],
  done: readonly (DoneTask | undefined)[],
): Generator<RejectedLine> {
  let before = 0;
  for (const [index, task] of tasks.entries()) {
    if (tasks[index - 1]?.file !== task.file) before = 0;
    const part = done[index];
    for (const line of part?.rejected ?? [])
      yield before === 0 ? line : { ...line, line: line.line + before };
    before += part?.counters.lines ?? 0;
  }
}

/** Bytes on disk that a task reads. */
export function bytesOf(task: Task): number {
  return task.range === undefined ? task.file.bytes : task.range.to - task.range.from;
}

async function formatOfHead(file: LogFile, format: LogFormat | undefined): Promise<string | undefined> {
  const range = { from: 0, to: Math.min(file.bytes, 65_536) };
  const given = format === undefined ? {} : { format };
  const { formatKey } = await readLogFile(file, { columns: [], range, ...given }, () => undefined);
  return formatKey;
}
