// Counts blocks of a text file, each whole lines; threads take the next block from a shared counter.
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { Aggregation, ColumnScanner, LogFormat } from '../dist/index.js';

const blockBytes = 4_000_000;
const chunk = Buffer.allocUnsafe(1 << 18);

export function countBlocks(path, spec, counter) {
  const aggregation = new Aggregation(spec);
  const scanner = new ColumnScanner({ columns: aggregation.columns, format: LogFormat.parse('default') });
  const take = (batch) => aggregation.add(batch);
  const file = openSync(path);
  const size = fstatSync(file).size;
  for (;;) {
    const from = Atomics.add(counter, 0, 1) * blockBytes;
    if (from >= size) break;
    countRange(file, from, Math.min(from + blockBytes, size), (bytes) => scanner.write(bytes, take));
  }
  scanner.end(take);
  closeSync(file);
  return aggregation;
}

/** A range begins behind the first line end at or after `from - 1`, and ends with the line that crosses `to`. */
function countRange(file, from, to, write) {
  let at = Math.max(0, from - 1);
  let isInside = from === 0;
  for (;;) {
    const got = readSync(file, chunk, 0, chunk.length, at);
    if (got === 0) return;
    let start = 0;
    if (!isInside) {
      start = chunk.indexOf(10) + 1;
      isInside = start > 0 && start <= got;
    }
    const lineEnd = at + got >= to ? chunk.indexOf(10, Math.max(0, to - 1 - at)) : -1;
    const isDone = lineEnd >= 0 && lineEnd < got;
    if (isInside) write(chunk.subarray(start, isDone ? lineEnd + 1 : got));
    if (isDone) return;
    at += got;
  }
}
