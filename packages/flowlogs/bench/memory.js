// Peak memory over a large text file, deleted afterwards. Usage: node bench/memory.js [gigabytes]
import { spawnSync } from 'node:child_process';
import { createReadStream, createWriteStream, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Aggregation, createFileSpill, generateText, pumpColumns } from '../dist/index.js';

const runs = {
  'count by source, destination, port': { keys: ['srcaddr', 'dstaddr', 'dstport'] },
  'the same, the 100,000 largest': { keys: ['srcaddr', 'dstaddr', 'dstport'], maxGroups: 100_000 },
  'connections by minute, spilled to disk': {
    keys: ['srcaddr', 'dstaddr', 'srcport', 'dstport', 'protocol', 'minute'],
    measures: ['records', 'bytes'],
    maxGroups: 500_000,
  },
};

const [, , first = '5', path, name] = process.argv;
if (path === undefined) measure(await writeFile(Number(first) * 1e9));
else await count(path, name);

/** Different addresses and times in every part, so that groups grow with the file. */
async function writeFile(bytes) {
  const folder = mkdtempSync(join(tmpdir(), 'flowlogs-memory-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'flow.log');
  const out = createWriteStream(path);
  for (let written = 0, part = 0; written < bytes; part++) {
    const options = {
      connections: 400_000,
      seed: part,
      interfaces: 2000,
      clients: 60_000,
      connectionsPerSecond: 500,
      startMs: Date.UTC(2026, 0, 1) + part * 800_000,
    };
    for (const text of generateText(options)) {
      written += text.length;
      if (!out.write(text)) await new Promise((resolve) => out.once('drain', resolve));
      if (written >= bytes) break;
    }
  }
  await new Promise((resolve) => out.end(resolve));
  return path;
}

function measure(path) {
  const table = {};
  for (const name of Object.keys(runs)) {
    const child = spawnSync(process.execPath, [fileURLToPath(import.meta.url), '0', path, name], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    table[name] = JSON.parse(child.stdout);
  }
  console.log(`${(statSync(path).size / 1e9).toFixed(2)} GB of text`);
  console.table(table);
}

async function count(path, name) {
  const spec = runs[name];
  const spill = name.includes('spilled') ? createFileSpill({ partitions: 128 }) : undefined;
  const aggregation = new Aggregation(spec, spill);
  const started = performance.now();
  const counters = await pumpColumns(
    createReadStream(path, { highWaterMark: 1 << 18 }),
    { columns: aggregation.columns },
    (batch) => aggregation.add(batch),
  );
  let groups = 0;
  let records = Number(aggregation.rest?.values.records ?? 0);
  for (const { values } of aggregation.groups()) {
    groups++;
    records += Number(values.records);
  }
  aggregation.close();
  console.log(
    JSON.stringify({
      'M records': counters.records / 1e6,
      'all counted': records === counters.records,
      groups,
      seconds: Math.round((performance.now() - started) / 100) / 10,
      'peak MiB': Math.round(process.resourceUsage().maxRSS / 1024),
    }),
  );
}
