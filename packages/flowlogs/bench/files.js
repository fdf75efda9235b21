// Log files for benchmarks, generated once into a folder for temporary files: text, gzip text and Parquet.
import { createWriteStream, existsSync, mkdirSync, renameSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { generateText } from '../dist/index.js';

/** Files with about `connections` times twelve records in the default format. */
export async function benchmarkFiles(connections, duck) {
  const folder = join(tmpdir(), `flowlogs-bench-${connections}`);
  mkdirSync(folder, { recursive: true });
  const text = join(folder, 'flow.log');
  const gzip = join(folder, 'flow.log.gz');
  const parquet = join(folder, 'flow.parquet');
  const options = { connections, seed: 1, interfaces: 2000, clients: 60_000, connectionsPerSecond: 500 };
  if (!existsSync(text)) await write(text, Readable.from(bytesOf(options), { objectMode: false }));
  if (!existsSync(gzip)) {
    await write(gzip, Readable.from(bytesOf(options), { objectMode: false }), createGzip({ level: 6 }));
  }
  if (!existsSync(parquet)) {
    await duck.run(
      `COPY (SELECT * FROM ${duckText(text)} WHERE "log-status" = 'OK') TO '${parquet}.part' (FORMAT parquet, COMPRESSION gzip)`,
    );
    renameSync(`${parquet}.part`, parquet);
  }
  return { folder, text, gzip, parquet, bytes: (path) => statSync(path).size };
}

/** DuckDB's reader with everything told that it could otherwise guess. */
export function duckText(path) {
  return `read_csv('${path}', delim=' ', header=true, quote='', escape='', nullstr='-', auto_detect=false, columns={${columns}})`;
}

const columns = [
  ['version', 'INTEGER'],
  ['account-id', 'VARCHAR'],
  ['interface-id', 'VARCHAR'],
  ['srcaddr', 'VARCHAR'],
  ['dstaddr', 'VARCHAR'],
  ['srcport', 'INTEGER'],
  ['dstport', 'INTEGER'],
  ['protocol', 'INTEGER'],
  ['packets', 'BIGINT'],
  ['bytes', 'BIGINT'],
  ['start', 'BIGINT'],
  ['end', 'BIGINT'],
  ['action', 'VARCHAR'],
  ['log-status', 'VARCHAR'],
]
  .map(([name, type]) => `'${name}': '${type}'`)
  .join(', ');

function* bytesOf(options) {
  for (const part of generateText(options)) yield Buffer.from(part);
}

async function write(path, ...streams) {
  await pipeline(...streams, createWriteStream(`${path}.part`));
  renameSync(`${path}.part`, path);
}
