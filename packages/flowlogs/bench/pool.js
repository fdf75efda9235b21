// The worker pool over files, as `flowlogs aggregate` uses it, with one worker and with several, next to DuckDB with as
// many threads on the same files. Starting the workers and merging what they counted is in the times.
// Usage: node bench/pool.js [connections] [rounds]
import { createReadStream, createWriteStream, existsSync, mkdirSync, renameSync, statSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { once } from 'node:events';
import { createGzip } from 'node:zlib';
import { DuckDBInstance } from '@duckdb/node-api';
import { findFiles } from '../dist/file/index.js';
import { aggregateFiles } from '../dist/pool/index.js';
import { benchmarkFiles, duckText } from './files.js';

const connections = Number(process.argv[2] ?? 150_000);
const rounds = Number(process.argv[3] ?? 7);
const cores = availableParallelism();
const duck = await (await DuckDBInstance.create(':memory:')).connect();
const files = await benchmarkFiles(connections, duck);
const parts = await gzipParts(join(files.folder, 'parts'), 8);
const spec = { keys: ['srcaddr', 'dstaddr', 'dstport'], maxGroups: 16_777_216 };

/** The text again as gzip files of equal length, each with its header, as AWS delivers them. */
async function gzipParts(folder, count) {
  const names = Array.from({ length: count }, (_, index) => join(folder, `${index}.log.gz`));
  if (names.every((name) => existsSync(name))) return names;
  mkdirSync(folder, { recursive: true });
  const streams = names.map((name) => {
    const zip = createGzip({ level: 6 });
    const file = createWriteStream(`${name}.part`);
    zip.pipe(file);
    return { zip, file };
  });
  let header;
  let line = 0;
  for await (const text of createInterface({ input: createReadStream(files.text) })) {
    if (header === undefined) {
      header = text;
      for (const { zip } of streams) zip.write(`${header}\n`);
      continue;
    }
    const { zip } = streams[line++ % count];
    if (!zip.write(`${text}\n`)) await once(zip, 'drain');
  }
  for (const { zip, file } of streams) {
    zip.end();
    await once(file, 'close');
  }
  for (const name of names) renameSync(`${name}.part`, name);
  return names;
}

async function pool(patterns, workers) {
  const { aggregation, counters } = await aggregateFiles(await findFiles(patterns), spec, { workers });
  return { groups: aggregation.size, records: counters.records };
}

async function duckCount(source, threads) {
  await duck.run(`SET threads = ${threads}`);
  const rows = await duck.runAndReadAll(
    `SELECT count(*), sum(n) FROM (SELECT srcaddr, dstaddr, dstport, count(*) AS n FROM ${source} WHERE "log-status" = 'OK' GROUP BY ALL)`,
  );
  const [groups, records] = rows.getRows()[0].map(Number);
  return { groups, records };
}

const inputs = [
  { name: 'text, one file', patterns: [files.text], source: duckText(files.text) },
  { name: 'gzip, 8 files', patterns: parts, source: duckText(join(files.folder, 'parts', '*.log.gz')) },
  { name: 'Parquet, one file', patterns: [files.parquet], source: `'${files.parquet}'` },
];
const counts = [...new Set([1, 2, cores])].sort((a, b) => a - b);
const cases = inputs.flatMap(({ name, patterns, source }) =>
  counts.flatMap((count) => [
    { name, who: 'pool', count, act: () => pool(patterns, count), times: [] },
    { name, who: 'DuckDB', count, act: () => duckCount(source, count), times: [] },
  ]),
);
for (let round = -1; round < rounds; round++) {
  for (const one of cases) {
    const started = performance.now();
    one.result = await one.act();
    if (round >= 0) one.times.push((performance.now() - started) / 1000);
  }
}
const [{ result: expected }] = cases;
for (const { name, who, result } of cases) {
  if (result.groups !== expected.groups || result.records !== expected.records)
    throw new Error(`${who} counts otherwise on ${name}: ${JSON.stringify(result)}`);
}
const median = ({ times }) => times.toSorted((a, b) => a - b)[times.length >> 1];
const of = (name, who, count) =>
  cases.find((one) => one.name === name && one.who === who && one.count === count);
console.log(
  `${expected.records} records, ${expected.groups} groups; ${cores} x ${cpus()[0].model}, Node ${process.version}; medians of ${rounds} rounds`,
);
console.table(
  inputs.flatMap(({ name, patterns }) =>
    counts.map((count) => {
      const ours = median(of(name, 'pool', count));
      const theirs = median(of(name, 'DuckDB', count));
      const one = median(of(name, 'pool', 1));
      const bytes = patterns.reduce((sum, path) => sum + statSync(path).size, 0);
      return {
        files: name,
        MB: Math.round(bytes / 1e6),
        threads: count,
        'pool M records/s': Number((expected.records / ours / 1e6).toFixed(2)),
        'DuckDB M records/s': Number((expected.records / theirs / 1e6).toFixed(2)),
        'times DuckDB': Number((theirs / ours).toFixed(2)),
        'times one worker': Number((one / ours).toFixed(2)),
      };
    }),
  ),
);
