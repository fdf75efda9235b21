import { PrerequisiteError } from '../errors.js';
import { formatWords } from './format.js';
import { severities } from './journal.js';
import type { LogRecord, LogSink } from './log.js';
import { type Socket, createSocket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { hostname } from 'node:os';

/** The facility `daemon` (RFC 5424 section 6.2.1, table 1). */
const facility = 3;
/** Datagrams not yet sent before further events are dropped. */
const mostQueued = 1000;
/** Every receiver must take 480 bytes and should take 2048 (RFC 5426 section 3.2). */
const mostBytes = 2048;

/** Sends events as RFC 5424 messages in UDP datagrams (RFC 5426). */
export async function openUdpSyslog(
  tag: string,
  target: { readonly host: string; readonly port: number },
): Promise<LogSink> {
  const { address, family } = await lookup(target.host).catch((error: unknown) => {
    throw new PrerequisiteError(`cannot find the syslog host ${target.host}`, { cause: error });
  });
  const socket = createSocket(family === 6 ? 'udp6' : 'udp4');
  socket.unref();
  let queued = 0;
  let dropped = 0;
  let whenIdle: (() => void) | undefined;
  socket.on('error', () => {
    dropped++;
  });
  const sent = (error: Error | null): void => {
    queued--;
    if (error) dropped++;
    if (queued === 0) whenIdle?.();
  };
  return {
    get dropped() {
      return dropped;
    },
    write: (record) => {
      if (queued >= mostQueued) {
        dropped++;
        return;
      }
      queued++;
      socket.send(cut(formatRfc5424(record, tag)), target.port, address, sent);
    },
    close: () => closeWhenIdle(socket, (idle) => (queued === 0 ? idle() : (whenIdle = idle))),
  };
}

/** `<PRI>1 TIME HOST APP PID MSGID - MESSAGE` (RFC 5424 section 6); the event's name is the MSGID. */
export function formatRfc5424(record: LogRecord, tag: string, host: string = hostname()): string {
  const priority = facility * 8 + severities[record.level];
  const time = new Date(record.timeMs).toISOString();
  const name = (text: string, most: number): string => text.replaceAll(/[^!-~]/g, '_').slice(0, most) || '-';
  const header = `<${priority}>1 ${time} ${name(host, 255)} ${name(tag, 48)} ${process.pid} ${name(record.event, 32)} -`;
  return `${header} ${formatWords(record)}`;
}

/** Cuts to the size every receiver should take, never inside a character. */
function cut(text: string): Buffer {
  const bytes = Buffer.from(text);
  if (bytes.length <= mostBytes) return bytes;
  let end = mostBytes;
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
  return bytes.subarray(0, end);
}

async function closeWhenIdle(socket: Socket, whenIdle: (idle: () => void) => void): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, 1000);
    whenIdle(() => {
      clearTimeout(timer);
      resolve();
    });
  });
  socket.close();
}
