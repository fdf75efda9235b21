import { systemClock, type Context } from '@net/cli';
import { open } from 'node:fs/promises';
import { FlowLogsError } from '../errors.js';
import type { Printer, TailValues } from './printer.js';

/** Gives a file's text and what is added to it; a file that became shorter or another one is read from its begin. */
export async function followFile(
  path: string,
  context: Context<TailValues>,
  printer: Printer,
): Promise<void> {
  const { options, signal, out } = context;
  const clock = systemClock;
  let at = 0;
  let identity = '';
  for (let look = 1; ; look++) {
    try {
      const handle = await open(path, 'r');
      try {
        const { size, ino, dev } = await handle.stat();
        if (size < at || (identity !== '' && identity !== `${dev}:${ino}`)) at = 0;
        identity = `${dev}:${ino}`;
        const bytes = Buffer.alloc(1_048_576);
        for (;;) {
          const { bytesRead } = await handle.read(bytes, 0, bytes.length, at);
          if (bytesRead === 0) break;
          at += bytesRead;
          printer.write(bytes.subarray(0, bytesRead), undefined);
        }
      } finally {
        await handle.close();
      }
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      // Between two files of a rotation there is none.
      if (code !== 'ENOENT' || identity === '') {
        if (error instanceof FlowLogsError) throw error;
        throw new FlowLogsError('NET_FLOWLOGS_SOURCE', `cannot read ${path}: ${message}`, { cause: error });
      }
    }
    if (out.isClosed || look === options.looks) return;
    await clock.sleep(options.interval, signal);
  }
}
