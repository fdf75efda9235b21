import { closeSync, openSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import path from 'node:path';
import { FlowLogsError } from '../errors.js';

/** A file that is written beside the one that is wanted, and takes its place when it is whole. */
export interface OutputFile {
  /** Where to write. */
  readonly path: string;
  /** Puts it in its place. */
  readonly keep: () => void;
  /** Takes away what was begun; a file that was there before stays as it was. */
  readonly drop: () => void;
}

/**
 * Begins a file. Devices and pipes are written as they are, and never taken away.
 *
 * @throws {FlowLogsError} NET_FLOWLOGS_SOURCE when it cannot be made
 */
export function beginFile(wanted: string): OutputFile {
  try {
    const found = statSync(wanted, { throwIfNoEntry: false });
    if (found?.isDirectory() === true) throw new Error('it is a folder');
    if (found !== undefined && !found.isFile()) return { path: wanted, keep: nothing, drop: nothing };
    const part = path.join(path.dirname(wanted), `.${path.basename(wanted)}.${process.pid}.part`);
    closeSync(openSync(part, 'wx', found === undefined ? 0o666 : found.mode & 0o777));
    return {
      path: part,
      keep: () => guarded(wanted, () => renameSync(part, wanted)),
      drop: () => rmSync(part, { force: true }),
    };
  } catch (error) {
    throw cannotWrite(wanted, error);
  }
}

const FLUSH_CHARACTERS = 65_536;

/** Where text goes. */
export interface TextTarget {
  readonly write: (text: string) => void;
  readonly end: () => void;
  readonly abandon: () => void;
}

/**
 * Text into a file.
 *
 * @throws {FlowLogsError} NET_FLOWLOGS_SOURCE when it cannot be written
 */
export function textFile(wanted: string): TextTarget {
  const file = beginFile(wanted);
  const handle = guarded(wanted, () => openSync(file.path, 'w'));
  const text = textOutput((part) =>
    guarded(wanted, () => {
      // A write may take less than it was given.
      for (let bytes = Buffer.from(part); bytes.length > 0; )
        bytes = bytes.subarray(writeSync(handle, bytes));
    }),
  );
  return {
    write: text.write,
    end: () => {
      text.end();
      closeSync(handle);
      file.keep();
    },
    abandon: () => {
      closeSync(handle);
      file.drop();
    },
  };
}

/** Text to somewhere else, in larger parts. */
export function textOutput(give: (text: string) => void): TextTarget {
  let waiting = '';
  const flush = (): void => {
    const text = waiting;
    waiting = '';
    if (text !== '') give(text);
  };
  return {
    write: (text) => {
      waiting += text;
      if (waiting.length > FLUSH_CHARACTERS) flush();
    },
    end: flush,
    abandon: flush,
  };
}

function guarded<T>(wanted: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw cannotWrite(wanted, error);
  }
}

/** The error of a file that cannot be written. */
export function cannotWrite(wanted: string, error: unknown): FlowLogsError {
  if (error instanceof FlowLogsError) return error;
  return new FlowLogsError('NET_FLOWLOGS_SOURCE', `cannot write ${wanted}: ${(error as Error).message}`, {
    cause: error,
  });
}

function nothing(): void {
  // There is nothing to be done for what is not a file of ours.
}
