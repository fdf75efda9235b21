import { FlowLogsError } from '../errors.js';
import { fieldOf } from '../format/fields.js';
import { inferFormat } from '../format/infer.js';
import { LogFormat } from '../format/log-format.js';
import { BlockCutter } from './block.js';
import { type Column, type ColumnBatch, columnNames, createColumn } from './columns.js';
import { columnArrays, compileScan } from './compile-scan.js';
import { diagnose } from './diagnose.js';
import { Dictionary } from './dictionary.js';
import { FieldNameTrie } from './field-name-trie.js';
import { interpretScan } from './interpret-scan.js';
import { readIpv6 } from './read-ipv6.js';
import {
  type RejectedLine,
  type ScanCounters,
  type Tolerance,
  checkTolerance,
  emptyCounters,
} from './rejects.js';
import type { Scan, ScanTarget } from './scan-target.js';
import { statusAt } from './status-line.js';

export interface ScanOptions {
  /** Fields to decode, `*` for all of the format; every other field is only looked for. */
  readonly columns: readonly string[];
  /** Format of lines before (or without) a header. When absent it is taken from the header, or inferred. */
  readonly format?: LogFormat;
  /** Name of the source in batches and rejected lines. Default `-`. */
  readonly source?: string;
  /** Default: any number of rejected lines is counted and reported. */
  readonly tolerance?: Tolerance;
  readonly onReject?: (rejected: RejectedLine) => void;
  /** Called when a format comes into use: the given one, a header's, or the inferred one. */
  readonly onFormat?: (format: LogFormat) => void;
  /** Called for each NODATA and SKIPDATA line, which never become rows. */
  readonly onStatus?: (line: StatusLine) => void;
  /** Rows a batch, 1 to 1,048,576. Default 8,192. */
  readonly batchRows?: number;
  /** Bytes of the block that lines are cut from, and so the longest line: 4,096 or more. Default 262,144. */
  readonly blockBytes?: number;
  /** Bound of a dictionary, in bytes; beyond it a new one begins. Default 33,554,432. */
  readonly dictionaryBytes?: number;
  /** Continue with another scanner's dictionary: ids then mean the same. */
  readonly dictionary?: Dictionary;
  /** Give each batch arrays of its own. Default false: a batch is valid until the next one. */
  readonly freshBatches?: boolean;
  /** `interpreted` does without code made from text. Default `compiled` where the process allows it. */
  readonly engine?: 'compiled' | 'interpreted';
}

/** A NODATA or SKIPDATA line as it was. */
export interface StatusLine {
  readonly status: 'NODATA' | 'SKIPDATA';
  readonly text: string;
  readonly format: LogFormat;
}

/**
 * Turns bytes of flow log text into columns: the fast way. Chunks may be cut anywhere. Lines end with LF or CRLF; the
 * last may lack its end. Headers may come anywhere and change the format of what follows.
 */
export class ColumnScanner {
  readonly counters: ScanCounters = emptyCounters();
  readonly #options: ScanOptions;
  readonly #cutter: BlockCutter;
  readonly #batchRows: number;
  #columnNames: readonly string[] | undefined;
  #target: ScanTarget | undefined;
  #scan: Scan | undefined;
  #dictionary: Dictionary;
  #nextPosition = 0;
  readonly #formats = new Set<string>();
  #onBatch: (batch: ColumnBatch) => void = () => undefined;

  constructor(options: ScanOptions) {
    const { batchRows = 8192, blockBytes = 262_144 } = options;
    if (!(batchRows >= 1 && batchRows <= 1_048_576)) throw outOfRange('batchRows', batchRows);
    if (!(blockBytes >= 4096 && blockBytes <= 1 << 30)) throw outOfRange('blockBytes', blockBytes);
    this.#options = options;
    this.#batchRows = batchRows;
    this.#cutter = new BlockCutter(blockBytes);
    this.#dictionary = options.dictionary ?? new Dictionary();
    if (options.format !== undefined) this.#use(options.format);
  }

  /** The format of the lines that come next; undefined until it is known. */
  get format(): LogFormat | undefined {
    return this.#target?.format;
  }

  /**
   * Scans a chunk of text.
   * @throws FlowLogsError NET_FLOWLOGS_REJECTED beyond the tolerance; NET_FLOWLOGS_NO_FORMAT when no format was given
   * and the first lines do not tell; NET_FLOWLOGS_COLUMN when a column is neither documented nor in the format
   */
  write(chunk: Uint8Array, onBatch: (batch: ColumnBatch) => void): void {
    this.#onBatch = onBatch;
    this.counters.bytes += chunk.length;
    this.#cutter.write(
      chunk,
      (end) => this.#scanBlock(end),
      (start) => this.#rejectLong(start),
    );
  }

  /** Hands out what is there, for sources that never end. Lines without an end wait. */
  flush(onBatch: (batch: ColumnBatch) => void): void {
    this.#onBatch = onBatch;
    this.#cutter.flush((end) => this.#scanBlock(end));
    this.#emit();
  }

  /** Ends the stream. The scanner can be used for another one in the same format. */
  end(onBatch: (batch: ColumnBatch) => void): void {
    this.#onBatch = onBatch;
    this.#cutter.end((end) => this.#scanBlock(end));
    this.#emit();
  }

  #scanBlock(end: number): void {
    let start = 0;
    if (this.#target === undefined) this.#findFormat(end);
    while (start < end) {
      const target = this.#target!;
      const stopped = this.#scan!(target, start, end);
      start = stopped < 0 ? this.#nextPosition : stopped;
      this.counters.lines = target.line;
      if (this.#target !== target) this.#target!.line = target.line;
      else if (target.row === target.capacity) this.#emit();
    }
  }

  #emit(): void {
    const target = this.#target;
    if (target === undefined || target.row === 0) return;
    this.counters.records += target.row;
    const batch: ColumnBatch = {
      rows: target.row,
      columns: target.columns,
      dictionary: target.dictionary,
      source: this.#options.source ?? '-',
    };
    target.row = 0;
    this.#onBatch(batch);
    const isDictionaryFull = this.#dictionary.bytes > (this.#options.dictionaryBytes ?? 33_554_432);
    if (isDictionaryFull) this.#dictionary = new Dictionary();
    target.dictionary = this.#dictionary;
    if (this.#options.freshBatches === true) {
      target.columns = this.#createColumns();
      target.arrays = columnArrays(target.columns.values());
    }
  }

  #findFormat(end: number): void {
    const text = this.#cutter.bytes.toString('latin1', 0, Math.min(end, 65_536));
    const lines = text.split('\n').map((line) => line.replace(/\r$/, ''));
    const complete = end <= 65_536 ? lines : lines.slice(0, -1);
    const format = inferFormat(complete);
    if (format === undefined) {
      throw new FlowLogsError(
        'NET_FLOWLOGS_NO_FORMAT',
        `${this.#options.source ?? '-'}: no header, and the lines fit none of the well-known formats; name the format`,
      );
    }
    this.#use(format);
  }

  #use(format: LogFormat): void {
    const lines = this.#target?.line ?? 0;
    this.#columnNames = columnNames(this.#options.columns, format, this.#columnNames);
    const target = this.#createTarget(format);
    target.line = lines;
    this.#target = target;
    // A source that changes its format all the time must not make us compile all the time.
    if (this.#formats.size <= maxCompiledFormats) this.#formats.add(format.key);
    const isInterpreted = this.#options.engine === 'interpreted' || this.#formats.size > maxCompiledFormats;
    this.#scan = (isInterpreted ? undefined : compileScan(target)) ?? interpretScan;
    this.#options.onFormat?.(format);
  }

  #createColumns(): Map<string, Column> {
    const names = this.#columnNames ?? [];
    return new Map(names.map((name) => [name, createColumn(fieldOf(name).kind, this.#batchRows)]));
  }

  #createTarget(format: LogFormat): ScanTarget {
    const columns = this.#createColumns();
    const { bytes, view } = this.#cutter;
    const names = new FieldNameTrie(format);
    const words = new Uint32Array(4);
    const target: ScanTarget = {
      format,
      columns,
      arrays: columnArrays(columns.values()),
      capacity: this.#batchRows,
      bytes,
      view,
      dictionary: this.#dictionary,
      row: 0,
      line: 0,
      addressValue: 0,
      addressFamily: 0,
      odd: (start, line) => this.#odd(start, line),
      beginsWithFieldName: (start) => names.matches(bytes, start),
      readAddress6: (start) => {
        const end = readIpv6(bytes, start, words);
        if (end < 0) return -1;
        const [a, b, c, d] = words as unknown as readonly [number, number, number, number];
        const isMapped = a === 0 && b === 0 && c === 0xffff;
        target.addressFamily = isMapped ? 4 : 6;
        target.addressValue = isMapped ? d : target.dictionary.addresses.intern(a, b, c, d);
        return end;
      },
    };
    return target;
  }

  /** Status line, header, blank line or nothing of the kind. */
  #odd(start: number, line: number): number {
    const { bytes } = this.#cutter;
    const format = this.#target!.format;
    const lineEnd = bytes.indexOf(10, start);
    const next = lineEnd + 1;
    const textEnd = lineEnd > start && bytes[lineEnd - 1] === 13 ? lineEnd - 1 : lineEnd;
    const status = statusAt(bytes, start, textEnd, format);
    if (status !== undefined) {
      if (status === 'NODATA') this.counters.noData++;
      else this.counters.skipData++;
      this.#options.onStatus?.({ status, text: bytes.toString('latin1', start, textEnd), format });
      return next;
    }
    const text = bytes.toString('latin1', start, textEnd);
    if (text.trim() === '') {
      this.counters.blank++;
      return next;
    }
    const header = LogFormat.fromHeader(text) ?? (text === format.key ? format : undefined);
    if (header !== undefined) {
      this.counters.headers++;
      return header.key === format.key ? next : this.#changeFormat(header, next);
    }
    this.counters.lines = line;
    this.#reject(diagnose(text, format, this.#target!.columns), line, text);
    return next;
  }

  #changeFormat(format: LogFormat, next: number): number {
    this.#emit();
    this.#use(format);
    this.#nextPosition = next;
    return -1;
  }

  #rejectLong(start: Buffer): void {
    if (this.#target !== undefined) this.#target.line++;
    this.counters.lines++;
    const reason = `a line longer than ${start.length} bytes`;
    this.#reject({ column: start.length, reason }, this.counters.lines, start.toString('latin1', 0, 1000));
  }

  #reject(error: { column: number; field?: string; reason: string }, line: number, latin1: string): void {
    this.counters.rejected++;
    const text = Buffer.from(latin1.slice(0, 1000), 'latin1').toString('utf8');
    const rejected: RejectedLine = { source: this.#options.source ?? '-', line, ...error, text };
    this.#options.onReject?.(rejected);
    checkTolerance(this.#options.tolerance ?? {}, this.counters, rejected);
  }
}

const maxCompiledFormats = 16;

function outOfRange(name: string, value: number): FlowLogsError {
  return new FlowLogsError('NET_FLOWLOGS_ARGUMENT', `${name} ${value} is out of its range`);
}
