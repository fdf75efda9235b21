import { HandlerError } from '../errors.js';
import { encodePcapHeader, LINKTYPE_RAW } from '@net/geneve';
import { closeSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';

export interface PcapFilesOptions {
  /** The newest packets; older ones are in FILE.1, FILE.2 and so on. */
  readonly file: string;
  /** A file of this size is closed and a new one begun. */
  readonly maxBytes: number;
  /** Files that are kept, the newest included. */
  readonly keep: number;
  readonly snapLength: number;
}

/** Records waiting for the disk; what comes beyond is given up and counted. */
const MOST_WAITING_BYTES = 16 << 20;

/** Capture files that follow each other. Nothing waits for the disk: what it cannot take in time is dropped. */
export class PcapFiles {
  readonly #options: PcapFilesOptions;
  #handle: FileHandle;
  #bytes: number;
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  #writing: Promise<void> | undefined;
  #failure: Error | undefined;
  #written = 0;
  #dropped = 0;

  private constructor(options: PcapFilesOptions, handle: FileHandle, bytes: number) {
    this.#options = options;
    this.#handle = handle;
    this.#bytes = bytes;
  }

  /** @throws HandlerError `NET_GWLBTUN_CAPTURE`, exit code 2, when the file cannot be written. */
  static async open(options: PcapFilesOptions): Promise<PcapFiles> {
    try {
      rotate(options.file, options.keep);
      beginFile(options);
      return new PcapFiles(options, await open(options.file, 'a'), HEADER_BYTES);
    } catch (error) {
      throw new HandlerError('NET_GWLBTUN_CAPTURE', 2, `--pcap: ${(error as Error).message}`, {
        cause: error,
      });
    }
  }

  get written(): number {
    return this.#written;
  }

  get dropped(): number {
    return this.#dropped;
  }

  /** Why nothing is written any more. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  /** Takes a record as `encodePcapRecord` makes it. */
  add(record: Uint8Array): void {
    if (this.#failure || this.#waitingBytes + record.length > MOST_WAITING_BYTES) {
      this.#dropped++;
      return;
    }
    this.#waiting.push(record);
    this.#waitingBytes += record.length;
    this.#writing ??= this.#write();
  }

  /** Writes what waits and closes the file. */
  async close(): Promise<void> {
    await this.#writing;
    await this.#handle.close().catch(() => undefined);
  }

  async #write(): Promise<void> {
    // Records of one turn of the event loop go out together.
    await Promise.resolve();
    try {
      while (this.#waiting.length > 0) {
        const batch = this.#take();
        await this.#handle.writev(batch);
        this.#written += batch.length;
        if (this.#bytes >= this.#options.maxBytes) await this.#next();
      }
    } catch (error) {
      this.#failure = error as Error;
      this.#dropped += this.#waiting.length;
      this.#waiting = [];
      this.#waitingBytes = 0;
    } finally {
      this.#writing = undefined;
    }
  }

  /** Records up to the size of the file, at least one, at most as many as one system call takes. */
  #take(): Uint8Array[] {
    let count = 0;
    while (
      count < this.#waiting.length &&
      count < 512 &&
      (count === 0 || this.#bytes < this.#options.maxBytes)
    ) {
      const length = this.#waiting[count]!.length;
      this.#bytes += length;
      this.#waitingBytes -= length;
      count++;
    }
    return this.#waiting.splice(0, count);
  }

  async #next(): Promise<void> {
    await this.#handle.close();
    rotate(this.#options.file, this.#options.keep);
    beginFile(this.#options);
    this.#handle = await open(this.#options.file, 'a');
    this.#bytes = HEADER_BYTES;
  }
}

const HEADER_BYTES = 24;

function beginFile(options: PcapFilesOptions): void {
  // Captures hold other people's traffic: only the owner may read them.
  const fd = openSync(options.file, 'wx', 0o600);
  try {
    writeSync(fd, encodePcapHeader(LINKTYPE_RAW, options.snapLength));
  } finally {
    closeSync(fd);
  }
}

function rotate(file: string, keep: number): void {
  rmSync(keep > 1 ? `${file}.${keep - 1}` : file, { force: true });
  for (let age = keep - 1; age >= 1; age--)
    renameIfThere(age === 1 ? file : `${file}.${age - 1}`, `${file}.${age}`);
}

function renameIfThere(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}
