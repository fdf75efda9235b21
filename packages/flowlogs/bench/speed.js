// Records and bytes a second, next to a memory pass, gunzip alone, objects by split, and DuckDB on the same files.
// Usage: node bench/speed.js [connections] [rounds]
import { closeSync, openSync, readSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { createReadStream } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { createGunzip } from 'node:zlib';
import { DuckDBInstance } from '@duckdb/node-api';
import {
  Aggregation,
  ColumnScanner,
  Orienter,
  emptyCounters,
  evidenceColumns,
  pumpColumns,
} from '../dist/index.js';
import { openParquetFile } from '../dist/file/parquet-file.js';
import { parquetBatches } from '../dist/parquet/read-parquet.js';
import { countBlocks } from './count-blocks.js';
import { benchmarkFiles, duckText } from './files.js';

const connections = Number(process.argv[2] ?? 150_000);
const rounds = Number(process.argv[3] ?? 9);
const instance = await DuckDBInstance.create(':memory:');
const duck = await instance.connect();
const files = await benchmarkFiles(connections, duck);
const spec = { keys: ['srcaddr', 'dstaddr', 'dstport'], maxGroups: 16_777_216 };
const chunk = Buffer.allocUnsafe(1 << 18);
const cores = availableParallelism();

function readChunks(path, take) {
  const file = openSync(path);
  for (let got; (got = readSync(file, chunk, 0, chunk.length, null)) > 0; ) take(chunk.subarray(0, got));
  closeSync(file);
}

/** Reads the file and adds up all its words: nothing that looks at every byte from JavaScript is faster. */
function memoryPass() {
  const words = new Int32Array(chunk.buffer, chunk.byteOffset, chunk.length >> 2);
  let sum = 0;
  readChunks(files.text, () => {
    sum = (sum + sumOf(words)) | 0;
  });
  return sum;
}

function sumOf(words) {
  let sum = 0;
  for (let i = 0; i < words.length; i++) sum = (sum + words[i]) | 0;
  return sum;
}

function scanText(columns, onBatch) {
  const scanner = new ColumnScanner({ columns });
  readChunks(files.text, (bytes) => scanner.write(bytes, onBatch));
  scanner.end(onBatch);
  return scanner.counters.records;
}

function countText() {
  const aggregation = new Aggregation(spec);
  scanText(aggregation.columns, (batch) => aggregation.add(batch));
  return aggregation.size;
}

const workers = Array.from(
  { length: cores - 1 },
  () => new Worker(new URL('./count-worker.js', import.meta.url)),
);

/** This thread and the workers take blocks of the file; what the workers counted is merged here. */
async function countTextAll() {
  const counter = new Int32Array(new SharedArrayBuffer(4));
  const states = workers.map(
    (worker) =>
      new Promise((resolve, reject) => {
        worker.once('message', (state) => {
          worker.off('error', reject);
          resolve(state);
        });
        worker.once('error', reject);
        worker.postMessage({ path: files.text, spec, counter });
      }),
  );
  const aggregation = countBlocks(files.text, spec, counter);
  for (const state of states) aggregation.mergeState(await state);
  return aggregation.size;
}

function decodeText() {
  return scanText(['*'], () => undefined);
}

/** Orientation and initiator of every record, both passes of the ladder. */
function orientText() {
  const orienter = new Orienter();
  return scanText(evidenceColumns, (batch) => orienter.orientBatch(batch));
}

async function countGzip() {
  const aggregation = new Aggregation(spec);
  await pumpColumns(
    createReadStream(files.gzip, { highWaterMark: 1 << 18 }),
    { columns: aggregation.columns },
    (batch) => aggregation.add(batch),
  );
  return aggregation.size;
}

async function countParquet() {
  const aggregation = new Aggregation(spec);
  const source = await openParquetFile(files.parquet);
  const counters = emptyCounters();
  for await (const batch of parquetBatches(source, { columns: aggregation.columns, counters }))
    aggregation.add(batch);
  await source.close();
  return aggregation.size;
}

async function gunzipAlone() {
  let bytes = 0;
  const stream = createReadStream(files.gzip, { highWaterMark: 1 << 18 }).pipe(
    createGunzip({ chunkSize: 1 << 18, readableHighWaterMark: 1 << 21 }),
  );
  for await (const part of stream) bytes += part.length;
  return bytes;
}

/** What a first version of every log reader does: lines, words, objects, a map of strings. */
function splitObjects() {
  const counts = new Map();
  let rest = '';
  let names;
  readChunks(files.text, (bytes) => {
    const lines = (rest + bytes.toString('latin1')).split('\n');
    rest = lines.pop();
    for (const line of lines) {
      const words = line.split(' ');
      if (names === undefined) {
        names = words;
        continue;
      }
      const record = {
        version: words[0],
        accountId: words[1],
        interfaceId: words[2],
        srcaddr: words[3],
        dstaddr: words[4],
        srcport: Number(words[5]),
        dstport: Number(words[6]),
        protocol: Number(words[7]),
        packets: Number(words[8]),
        bytes: Number(words[9]),
        start: Number(words[10]),
        end: Number(words[11]),
        action: words[12],
        logStatus: words[13],
      };
      if (record.logStatus !== 'OK') continue;
      const key = `${record.srcaddr} ${record.dstaddr} ${record.dstport}`;
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
  });
  return counts.size;
}

async function duckCount(source, threads) {
  await duck.run(`SET threads = ${threads}`);
  const rows = await duck.runAndReadAll(
    `SELECT count(*) FROM (SELECT srcaddr, dstaddr, dstport, count(*) AS n FROM ${source} WHERE "log-status" = 'OK' GROUP BY ALL)`,
  );
  return Number(rows.getRows()[0][0]);
}

const records = decodeText();
const textBytes = files.bytes(files.text);
const only = process.env.ONLY;
const wanted = (name) => only === undefined || new RegExp(only).test(name);
const cases = [
  ['memory pass', memoryPass],
  ['ours: full decode, text, 1 core', decodeText],
  ['ours: count, text, 1 core', countText],
  ['ours: who opened each connection, text, 1 core', orientText],
  [`ours: count, text, ${cores} cores`, countTextAll],
  ['split into objects, count, text, 1 core', splitObjects],
  ['DuckDB: count, text, 1 thread', () => duckCount(duckText(files.text), 1)],
  [`DuckDB: count, text, ${cores} threads`, () => duckCount(duckText(files.text), cores)],
  ['gunzip alone', gunzipAlone],
  ['ours: count, gzip text', countGzip],
  ['DuckDB: count, gzip text, 1 thread', () => duckCount(duckText(files.gzip), 1)],
  [`DuckDB: count, gzip text, ${cores} threads`, () => duckCount(duckText(files.gzip), cores)],
  ['ours: count, Parquet', countParquet],
  ['DuckDB: count, Parquet, 1 thread', () => duckCount(`'${files.parquet}'`, 1)],
  [`DuckDB: count, Parquet, ${cores} threads`, () => duckCount(`'${files.parquet}'`, cores)],
];
// Round by round through all cases, so that whatever else the machine does meets all alike.
const running = cases.filter(([name]) => wanted(name));
const times = new Map(running.map(([name]) => [name, []]));
const groups = {};
for (let round = -2; round < rounds; round++) {
  for (const [name, act] of running) {
    const started = performance.now();
    groups[name] = await act();
    if (round >= 0) times.get(name).push((performance.now() - started) / 1000);
  }
}
const seconds = {};
const table = {};
for (const [name, measured] of times) {
  measured.sort((x, y) => x - y);
  seconds[name] = measured[rounds >> 1];
  table[name] = {
    'M records/s': Number((records / seconds[name] / 1e6).toFixed(2)),
    'MB/s of text': Math.round(textBytes / seconds[name] / 1e6),
    'median s': Number(seconds[name].toFixed(3)),
    'best s': Number(measured[0].toFixed(3)),
  };
}

const mb = (path) => (files.bytes(path) / 1e6).toFixed(0);
console.log(
  `${cores} cores, ${cpus()[0].model}, Node ${process.versions.node}; medians of ${rounds} after two rounds to warm up`,
);
console.log(
  `${records} records in ${mb(files.text)} MB text, ${mb(files.gzip)} MB gzip, ${mb(files.parquet)} MB Parquet`,
);
console.table(table);
const counts = new Set(
  Object.entries(groups).flatMap(([name, result]) =>
    name.includes(': count') || name.includes(', count') ? [result] : [],
  ),
);
console.log(`groups by (source, destination, port), the same for all: ${[...counts].join(' and ')}`);
const ratio = (fast, slow) => {
  if (seconds[fast] === undefined || seconds[slow] === undefined) return;
  console.log(`${(seconds[slow] / seconds[fast]).toFixed(2)} times ${slow}: ${fast}`);
};
ratio('ours: count, text, 1 core', 'split into objects, count, text, 1 core');
ratio('ours: count, text, 1 core', 'DuckDB: count, text, 1 thread');
ratio(`ours: count, text, ${cores} cores`, `DuckDB: count, text, ${cores} threads`);
ratio('ours: count, gzip text', 'DuckDB: count, gzip text, 1 thread');
ratio('ours: count, gzip text', `DuckDB: count, gzip text, ${cores} threads`);
ratio('ours: count, gzip text', 'gunzip alone');
ratio('ours: count, Parquet', 'DuckDB: count, Parquet, 1 thread');
ratio('ours: count, Parquet', `DuckDB: count, Parquet, ${cores} threads`);
await Promise.all(workers.map((worker) => worker.terminate()));
