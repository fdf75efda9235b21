import { closeSync, fstatSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import { FlowLogsError } from '../errors.js';
import type { SpillStore } from './aggregation.js';
import type { AggregationState } from './state.js';

export interface FileSpillOptions {
  /** Where to make the directory of its own. Default the system's directory for temporary files. */
  readonly directory?: string;
  /** Partitions, 2 to 1,024: one at a time must fit into memory. Default 32. */
  readonly partitions?: number;
}

/**
 * Keeps groups that do not fit into memory in files readable by this user only, removed by `close`.
 * @throws FlowLogsError NET_FLOWLOGS_ARGUMENT; NET_FLOWLOGS_SOURCE when the disk cannot take or give them
 */
export function createFileSpill(options: FileSpillOptions = {}): SpillStore {
  const { partitions = 32, directory = tmpdir() } = options;
  if (!(Number.isInteger(partitions) && partitions >= 2 && partitions <= 1024)) {
    throw new FlowLogsError('NET_FLOWLOGS_ARGUMENT', `partitions ${partitions} is not between 2 and 1,024`);
  }
  const folder = onDisk(() => mkdtempSync(join(directory, 'flowlogs-')));
  const files = new Map<number, number>();
  return {
    partitions,
    write: (partition, state) => {
      let file = files.get(partition);
      if (file === undefined) {
        file = onDisk(() => openSync(join(folder, String(partition)), 'wx+', 0o600));
        files.set(partition, file);
      }
      const body = serialize(state);
      const head = Buffer.alloc(8);
      head.writeDoubleLE(body.length);
      const open = file;
      onDisk(() => {
        writeAll(open, head);
        writeAll(open, body);
      });
    },
    read: (partition) => readStates(files.get(partition)),
    close: () => {
      for (const file of files.values()) closeSync(file);
      files.clear();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function* readStates(file: number | undefined): Generator<AggregationState> {
  if (file === undefined) return;
  const size = onDisk(() => fstatSync(file).size);
  for (let at = 0; at < size; ) {
    const length = readAll(file, at, 8).readDoubleLE();
    yield deserialize(readAll(file, at + 8, length)) as AggregationState;
    at += 8 + length;
  }
}

function writeAll(file: number, bytes: Buffer): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
}

function readAll(file: number, position: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let at = 0; at < length; ) {
    const got = onDisk(() => readSync(file, bytes, at, length - at, position + at));
    if (got === 0) throw new FlowLogsError('NET_FLOWLOGS_SOURCE', 'a file of spilled groups is cut off');
    at += got;
  }
  return bytes;
}

function onDisk<T>(act: () => T): T {
  try {
    return act();
  } catch (error) {
    if (error instanceof FlowLogsError) throw error;
    throw new FlowLogsError(
      'NET_FLOWLOGS_SOURCE',
      `groups cannot be spilled to disk: ${(error as Error).message}`,
      {
        cause: error,
      },
    );
  }
}
