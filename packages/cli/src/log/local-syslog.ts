import { PrerequisiteError } from '../errors.js';
import { formatWords } from './format.js';
import { severities } from './journal.js';
import type { LogSink } from './log.js';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { realpathSync } from 'node:fs';

const facility = 3;
/** Bytes that may wait for syslog before further events are dropped. */
const mostQueuedBytes = 1024 * 1024;

/**
 * Sends events to the machine's syslog through `/dev/log`, in the form of RFC 5424.
 *
 * `/dev/log` is a datagram socket and Node has no datagram sockets of that family, so one `logger` (util-linux)
 * runs for as long as the log is open and takes the lines, each with its priority, from its stdin. When
 * `/dev/log` belongs to the systemd journal, which reads only the older form, `logger` writes that one.
 */
export async function openLocalSyslog(
  tag: string,
  stderr: NodeJS.WritableStream,
  socketPath = '/dev/log',
): Promise<LogSink> {
  const target = resolveSocket(socketPath);
  const isJournalSocket = target.startsWith('/run/systemd/journal/');
  const child = spawn(
    'logger',
    [
      ...['--tag', tag, '--prio-prefix', '--size', '8KiB', '--socket', target, '--socket-errors=on'],
      `--id=${process.pid}`,
      ...(isJournalSocket ? [] : ['--rfc5424']),
    ],
    { stdio: ['pipe', 'ignore', 'ignore'] },
  );
  let dropped = 0;
  let isOpen = true;
  const closed = once(child, 'close').catch(() => undefined);
  child.stdin.on('error', () => {
    isOpen = false;
  });
  try {
    await once(child, 'spawn');
  } catch (error) {
    throw new PrerequisiteError('cannot log to syslog: the program logger is missing', {
      hint: 'Install util-linux (bsdutils), or log elsewhere: console, json, syslog://HOST:PORT.',
      cause: error,
    });
  }
  child.unref();
  child.once('close', () => {
    if (isOpen) stderr.write(`${tag}: logger has ended; further events do not reach syslog\n`);
    isOpen = false;
  });
  return {
    get dropped() {
      return dropped;
    },
    write: (record) => {
      if (!isOpen || child.stdin.writableLength > mostQueuedBytes) {
        dropped++;
        return;
      }
      child.stdin.write(`<${facility * 8 + severities[record.level]}>${formatWords(record)}\n`);
    },
    close: async () => {
      isOpen = false;
      child.stdin.end();
      const timer = setTimeout(() => child.kill('SIGKILL'), 1000);
      await closed;
      clearTimeout(timer);
    },
  };
}

function resolveSocket(path: string): string {
  try {
    return realpathSync(path);
  } catch (error) {
    throw new PrerequisiteError(`cannot log to syslog: there is no ${path}`, {
      hint: 'Start a syslog daemon, or log elsewhere: console, json, syslog://HOST:PORT.',
      cause: error,
    });
  }
}
