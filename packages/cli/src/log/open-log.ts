import type { LogTarget } from '../options/common-options.js';
import { createPaint } from '../output/text.js';
import { formatJson, formatText } from './format.js';
import { isJournal, journalPrefix } from './journal.js';
import type { LogSink } from './log.js';
import { formatWords } from './format.js';
import { createStreamSink } from './stream-sink.js';

export interface OpenLogOptions {
  /** The tag of the lines: the app's name. */
  readonly tag: string;
  readonly stderr: NodeJS.WritableStream;
  readonly colours: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * Opens the log's destination. Console lines have a time and colours on a terminal; when stderr goes to the
 * systemd journal they carry its priority prefix instead (sd-daemon(3)). Throws a PrerequisiteError when syslog
 * cannot be reached at all.
 */
export async function openLog(target: LogTarget, options: OpenLogOptions): Promise<LogSink> {
  switch (target.to) {
    case 'console': {
      if (isJournal(options.stderr, options.env)) {
        return createStreamSink(options.stderr, (record) => journalPrefix(record) + formatWords(record));
      }
      const paint = createPaint(options.colours);
      // On a terminal a progress line may stand where the line begins.
      const { isTTY } = options.stderr as { readonly isTTY?: boolean };
      const clear = isTTY === true ? '\r\u001B[K' : '';
      return createStreamSink(options.stderr, (record) => clear + formatText(record, paint));
    }
    case 'json':
      return createStreamSink(options.stderr, formatJson);
    case 'syslog': {
      const { openLocalSyslog } = await import('./local-syslog.js');
      return await openLocalSyslog(options.tag, options.stderr);
    }
    case 'udp': {
      const { openUdpSyslog } = await import('./udp-syslog.js');
      return await openUdpSyslog(options.tag, target);
    }
  }
}
