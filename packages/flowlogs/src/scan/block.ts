/** Room behind the last line of a block that may be read, never used. */
const padding = 16;

/**
 * Cuts a stream of chunks into blocks of whole lines. A line longer than `maxLineBytes` is dropped to its end and
 * reported, so that memory stays bounded whatever comes.
 */
export class BlockCutter {
  readonly bytes: Buffer;
  readonly view: DataView;
  readonly #capacity: number;
  #used = 0;
  #dropping = false;

  constructor(blockBytes: number) {
    this.#capacity = blockBytes;
    this.bytes = Buffer.alloc(blockBytes + padding);
    this.view = new DataView(this.bytes.buffer, this.bytes.byteOffset, this.bytes.length);
  }

  /**
   * Takes a chunk. `scan` is called with the end of the whole lines in `bytes` whenever the block is full or the chunk
   * is used up; `tooLong` with the beginning of a line that does not fit into a block.
   */
  write(chunk: Uint8Array, scan: (end: number) => void, tooLong: (start: Buffer) => void): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.#dropping) {
        const lineEnd = chunk.indexOf(10, at);
        if (lineEnd < 0) return;
        this.#dropping = false;
        at = lineEnd + 1;
        continue;
      }
      const take = Math.min(chunk.length - at, this.#capacity - this.#used);
      this.bytes.set(take === chunk.length ? chunk : chunk.subarray(at, at + take), this.#used);
      this.#used += take;
      at += take;
      if (this.#used === this.#capacity) this.#cut(scan, tooLong);
    }
  }

  /** Scans the whole lines that are there. */
  flush(scan: (end: number) => void): void {
    const lineEnd = this.bytes.subarray(0, this.#used).lastIndexOf(10);
    if (lineEnd >= 0) this.#scanTo(lineEnd + 1, scan);
  }

  /** Ends the stream: what is left is a line without its end. */
  end(scan: (end: number) => void): void {
    if (this.#used > 0 && this.bytes[this.#used - 1] !== 10) this.bytes[this.#used++] = 10;
    this.flush(scan);
    this.#dropping = false;
  }

  #cut(scan: (end: number) => void, tooLong: (start: Buffer) => void): void {
    const lineEnd = this.bytes.subarray(0, this.#used).lastIndexOf(10);
    if (lineEnd >= 0) {
      this.#scanTo(lineEnd + 1, scan);
      return;
    }
    tooLong(this.bytes.subarray(0, this.#used));
    this.#used = 0;
    this.#dropping = true;
  }

  #scanTo(end: number, scan: (end: number) => void): void {
    scan(end);
    this.bytes.copyWithin(0, end, this.#used);
    this.#used -= end;
  }
}
