// What a commit costs in each store when the day has a thousand connections and when it has a million, in one run: the
// last column says how much of the speed is left. Next to them what the same sorted set costs Redis without all the rest
// (one script of ZINCRBY), and the way of the first tracker: the whole day read, added to and written.
// Needs redis-server. `node bench/stores.mjs [connections] [seconds]`
import { randomUUID } from 'node:crypto';
import { rmSync, statSync } from 'node:fs';
import { cpus } from 'node:os';
import path from 'node:path';
import { createClient } from 'redis';
// The package itself is for test files only.
import { startRedisServer } from '../../../tooling/testing/dist/redis-server.js';
import { temporaryDirectory } from '../../../tooling/testing/dist/temporary-directory.js';
import { openEmbeddedStore } from '../dist/store/embedded/index.js';
import { openRedisStore } from '../dist/store/redis/index.js';

const LARGE = Number(process.argv[2] ?? 1_000_000);
const SECONDS = Number(process.argv[3] ?? 5);
const SMALL = 1_000;
/** Connections of a measured commit. */
const BATCH = 500;
const ENDPOINTS = 200;
const DAY = '2026-01-01';
const shards = {
  small: { accountId: '100000000001', region: 'eu-west-1' },
  large: { accountId: '100000000002', region: 'eu-west-1' },
};

const stores = {
  'embedded (each commit on disk)': async () => {
    const directory = temporaryDirectory('bench');
    const store = openEmbeddedStore({ directory });
    const size = () => statSync(path.join(directory, 'tracker.lmdb')).size;
    return { store, size, close: () => store.close().then(() => rmSync(directory, { recursive: true })) };
  },
  'redis (disk once a second)': () => redis([]),
  'redis (each commit on disk)': () => redis(['--appendfsync', 'always']),
  'only ZINCRBY in a script': () => bareRedis(incrementScores),
  'the whole day read and written': () => bareRedis(rewriteDay),
};

const rows = [];
for (const [name, open] of Object.entries(stores)) rows.push(await measure(name, open));
console.log(`a commit of ${BATCH} known connections at a time; ${ENDPOINTS} endpoints; ${SECONDS} s each`);
console.log(`${cpus().length} x ${cpus()[0].model}, Node ${process.version}`);
console.table(rows);

async function measure(name, open) {
  const { store, size, close } = await open();
  const versions = {};
  try {
    await fill(store, 'small', SMALL, versions);
    const before = await size();
    const startMs = performance.now();
    await fill(store, 'large', LARGE, versions);
    const fillSeconds = (performance.now() - startMs) / 1_000;
    const bytes = ((await size()) - before) / LARGE;
    // In turns, so that whatever else the machine does meets both.
    const rates = { small: [], large: [] };
    for (let round = 0; round < 2; round++)
      for (const which of ['small', 'large'])
        rates[which].push(await commitsPerSecond(store, which, which === 'small' ? SMALL : LARGE, versions));
    const [small, large] = ['small', 'large'].map((which) => (rates[which][0] + rates[which][1]) / 2);
    const key = (count) => `${count.toLocaleString('en')}: `;
    return {
      store: name,
      'new connections/s': Math.round(LARGE / fillSeconds),
      'bytes each': Math.round(bytes),
      [`${key(SMALL)}commits/s`]: rounded(small),
      [`${key(SMALL)}deltas/s`]: Math.round(small * BATCH),
      [`${key(LARGE)}commits/s`]: rounded(large),
      [`${key(LARGE)}deltas/s`]: Math.round(large * BATCH),
      ratio: +(large / small).toFixed(4),
    };
  } finally {
    await close();
  }
}

function rounded(number) {
  return number < 10 ? +number.toFixed(2) : Math.round(number);
}

/** Without rewrites of the append-only file, which take a core of two for themselves now and then. */
function startServer(args) {
  return startRedisServer({ args: ['--auto-aof-rewrite-percentage', '0', ...args] });
}

async function redis(args) {
  const server = await startServer(args);
  const store = await openRedisStore({ kind: 'redis', url: server.url });
  const client = await createClient({ url: server.url }).connect();
  return {
    store,
    size: async () => Number(/used_memory:(\d+)/.exec(await client.info('memory'))[1]),
    close: async () => {
      await store.close();
      client.destroy();
      await server.stop();
      rmSync(server.folder, { recursive: true, force: true });
    },
  };
}

/** A sorted set and nothing else, behind the same method. */
async function bareRedis(add) {
  const server = await startServer([]);
  const client = await createClient({ url: server.url, RESP: 2 }).connect();
  return {
    store: {
      limits: { deltas: 2_000 },
      commit: async ({ shard, deltas }) => {
        await add(client, `connections:inbound:${shard.accountId}:${shard.region}:${DAY}`, deltas);
        return { status: 'committed' };
      },
    },
    size: async () => Number(/used_memory:(\d+)/.exec(await client.info('memory'))[1]),
    close: async () => {
      client.destroy();
      await server.stop();
      rmSync(server.folder, { recursive: true, force: true });
    },
  };
}

async function incrementScores(client, key, deltas) {
  const script = "for at = 1, #ARGV, 2 do redis.call('ZINCRBY', KEYS[1], ARGV[at + 1], ARGV[at]) end";
  await client.eval(script, {
    keys: [key],
    arguments: deltas.flatMap((each) => [memberOf(each), String(each.count)]),
  });
}

async function rewriteDay(client, key, deltas) {
  // A day that is only filled is not what is measured.
  const isFilling = deltas.length !== BATCH;
  const day = new Map();
  if (!isFilling)
    for (const { value, score } of await client.zRangeWithScores(key, 0, -1)) day.set(value, score);
  for (const each of deltas) day.set(memberOf(each), (day.get(memberOf(each)) ?? 0) + each.count);
  const rows = [...day].map(([value, score]) => ({ value, score }));
  for (let at = 0; at < rows.length; at += 10_000) await client.zAdd(key, rows.slice(at, at + 10_000));
}

function memberOf({ source, dest, destPort }) {
  return `${source}->${dest}:${destPort}`;
}

async function fill(store, which, connections, versions) {
  const most = store.limits.deltas;
  for (let at = 0; at < connections; at += most) {
    const deltas = Array.from({ length: Math.min(most, connections - at) }, (_, index) => delta(at + index));
    await commit(store, which, deltas, versions);
  }
}

/** Commits of connections that are there, spread over the whole day. */
async function commitsPerSecond(store, which, connections, versions) {
  const step = Math.max(1, Math.floor(connections / BATCH));
  const untilMs = performance.now() + (SECONDS * 1_000) / 2;
  const startMs = performance.now();
  let commits = 0;
  while (performance.now() < untilMs) {
    const offset = (commits * 7_919) % step;
    const deltas = Array.from({ length: BATCH }, (_, index) => delta((index * step + offset) % connections));
    await commit(store, which, deltas, versions);
    commits += 1;
  }
  return (commits * 1_000) / (performance.now() - startMs);
}

async function commit(store, which, deltas, versions) {
  const batchId = randomUUID();
  const { status } = await store.commit({
    shard: shards[which],
    fence: 1,
    batchId,
    previous: versions[which] ?? '',
    deltas,
    seen: [],
  });
  if (status !== 'committed') throw new Error(status);
  versions[which] = batchId;
}

function delta(number) {
  const [a, b, c] = [(number >> 16) & 255, (number >> 8) & 255, number & 255];
  const startMs = Date.UTC(2026, 0, 1) + (number % 86_400) * 1_000;
  return {
    source: `ec2-198-${a}-${b}-${c}.eu-west-1.compute.amazonaws.com/198.${a}.${b}.${c}`,
    dest: `service-${number % ENDPOINTS}-1234567890.eu-west-1.elb.amazonaws.com`,
    destPort: 443,
    day: DAY,
    count: 1,
    firstMs: startMs,
    lastMs: startMs,
    decidedBy: { syn: 1 },
    example: `2026-01-01T00:00:00.000Z eni-1 198.${a}.${b}.${c}:40000 -> 10.0.0.1:443 protocol 6 tcp-flags 2`,
  };
}
