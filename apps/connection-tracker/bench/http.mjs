// HTTP over a store of a million connections, while a writer commits in the same process; eight clients in another one.
// NET_BENCH_CONNECTIONS, NET_BENCH_SECONDS (of each path) and NET_BENCH_CLIENTS change the size.
import { fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { Agent, get } from 'node:http';
import { cpus, loadavg } from 'node:os';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';

const CONNECTIONS = Number(process.env.NET_BENCH_CONNECTIONS ?? 1_000_000);
const SECONDS = Number(process.env.NET_BENCH_SECONDS ?? 8);
const CLIENTS = Number(process.env.NET_BENCH_CLIENTS ?? 8);
const SHARDS = 10;
const ENDPOINTS = 2_000;

if (process.argv[2] === 'clients') clients();
else await main();

async function main() {
  const { openEmbeddedStore, serveHttp } = await import('../dist/index.js');
  const { createLog, createRedactor, systemClock } = await import('@net/cli');
  const today = new Date().toISOString().slice(0, 10);
  const yesterday = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10);
  const store = openEmbeddedStore();
  const shards = Array.from({ length: SHARDS }, (_, index) => ({
    accountId: String(111_111_111_100 + index),
    region: 'eu-west-1',
  }));
  const rest = { regions: ['eu-west-1'], domain: undefined, attributes: {} };
  await store.putAccounts(
    shards.map(({ accountId }, index) => ({ id: accountId, name: `team-${index}`, ...rest })),
  );
  const versions = new Map();
  const commit = async (shard, deltas) => {
    const batchId = randomUUID();
    const previous = versions.get(shard) ?? '';
    const { status } = await store.commit({ shard, fence: 1, batchId, previous, deltas, seen: [] });
    if (status !== 'committed') throw new Error(status);
    versions.set(shard, batchId);
  };
  const perDay = CONNECTIONS / SHARDS / 2;
  const filledAt = performance.now();
  for (const shard of shards)
    for (const day of [yesterday, today])
      for (let from = 0; from < perDay; from += store.limits.deltas)
        await commit(
          shard,
          Array.from({ length: Math.min(store.limits.deltas, perDay - from) }, (_, index) =>
            deltaOf(from + index, day),
          ),
        );
  const filledSeconds = (performance.now() - filledAt) / 1_000;
  const sink = { write: () => undefined, dropped: 0, close: async () => undefined };
  const service = await serveHttp({
    store,
    addresses: { entries: () => Promise.resolve([]) },
    auth: [],
    clock: systemClock,
    log: createLog(sink, { level: 'error', clock: systemClock, redactor: createRedactor() }),
    version: 'bench',
    host: '127.0.0.1',
    port: 0,
    rateLimit: { requestsPerSecond: 1e9, burst: 1e9 },
  });
  let writes = 0;
  let isWriting = true;
  const writer = (async () => {
    for (let round = 0; isWriting; round++) {
      const shard = shards[round % SHARDS];
      await commit(
        shard,
        Array.from({ length: 200 }, (_, index) => deltaOf((round * 977 + index * 131) % (perDay * 2), today)),
      );
      writes += 200;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  })();
  const child = fork(fileURLToPath(import.meta.url), ['clients'], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  child.once('exit', (code) => {
    if (code !== 0) throw new Error('the clients ended');
  });
  const ask = async (message) => {
    child.send(message);
    const [answer] = await once(child, 'message');
    return answer;
  };
  const of = `account=${shards[3].accountId}&region=eu-west-1`;
  const source = encodeURIComponent(deltaOf(17, today).source);
  const dest = encodeURIComponent(deltaOf(17, today).dest);
  const paths = {
    'nobody asks, only the writer': undefined,
    '/connections/{account}/{region}': `/connections/${shards[3].accountId}/eu-west-1`,
    '/connections': '/connections',
    '/endpoints': '/endpoints',
    '/account-connections': '/account-connections',
    '/v1/connections, first page': `/v1/connections?${of}`,
    '/v1/connections, rare name': `/v1/connections?q=host-77.example&limit=100`,
    '/v1/connections, port': `/v1/connections?${of}&port=22&limit=100`,
    '/v1/connections as CSV': `/v1/connections?${of}&format=csv`,
    '/v1/overview': '/v1/overview',
    '/v1/source': `/v1/source?${of}&source=${source}&from=${yesterday}`,
    '/v1/endpoint': `/v1/endpoint?${of}&dest=${dest}&port=443&from=${yesterday}`,
    '/v1/new': `/v1/new?${of}`,
    '/v1/graph': '/v1/graph',
  };
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const rows = {};
  for (const [name, path] of Object.entries(paths)) {
    delay.reset();
    let rss = 0;
    let heap = 0;
    const watch = setInterval(() => {
      const memory = process.memoryUsage();
      rss = Math.max(rss, memory.rss);
      heap = Math.max(heap, memory.heapUsed + memory.external);
    }, 50);
    const writesBefore = writes;
    const startedAt = performance.now();
    let result = {};
    if (path === undefined) await new Promise((resolve) => setTimeout(resolve, SECONDS * 1_000));
    else
      result = await ask({
        origin: service.url.replace('/ui/', ''),
        path,
        clients: CLIENTS,
        seconds: SECONDS,
      });
    clearInterval(watch);
    const seconds = (performance.now() - startedAt) / 1_000;
    rows[name] = {
      ...result,
      'RSS MiB': Math.round(rss / 2 ** 20),
      'heap MiB': Math.round(heap / 2 ** 20),
      'loop p99 ms': round(delay.percentile(99) / 1e6),
      'loop max ms': round(delay.max / 1e6),
      'written/s': Math.round((writes - writesBefore) / seconds),
    };
  }
  isWriting = false;
  await writer;
  child.disconnect();
  await service.close(0);
  await store.close();
  console.log(
    `${CONNECTIONS} connections of ${SHARDS} accounts on two days, ${CLIENTS} clients; ${machine()}`,
  );
  console.log(
    `filled in ${filledSeconds.toFixed(1)} s, ${Math.round(CONNECTIONS / filledSeconds)} connections/s`,
  );
  console.table(rows);
}

function deltaOf(index, day) {
  const dest = (index * 7) % ENDPOINTS;
  const isNamed = index % 3 === 0;
  const address = `${11 + (index % 80)}.${(index >> 14) & 255}.${(index >> 7) & 255}.${index & 127}`;
  const firstMs = Date.parse(`${day}T00:00:00Z`) + (index % 80_000) * 1_000;
  return {
    day,
    source: isNamed ? `host-${index}.example.net/${address}` : address,
    dest: `service-${dest}/192.0.2.${dest % 250}`,
    destPort: index % 50 === 0 ? 22 : 443,
    count: 1 + (index % 90),
    firstMs,
    lastMs: firstMs + 60_000,
    decidedBy: { syn: 1 + (index % 90) },
    example: '2026-01-01T00:00:00.000Z eni-0 11.1.1.1:40000 -> 10.0.0.5:443 protocol 6 tcp-flags 2',
  };
}

function clients() {
  process.on('message', async ({ origin, path, clients, seconds }) => {
    const agent = new Agent({ keepAlive: true, maxSockets: clients });
    const took = [];
    const firsts = [];
    let bytes = 0;
    const startedAt = performance.now();
    const endAt = startedAt + seconds * 1_000;
    const one = () =>
      new Promise((resolve, reject) => {
        const begunAt = performance.now();
        let firstAt;
        get(origin + path, { agent }, (response) => {
          if (response.statusCode !== 200) reject(new Error(`${path} answers ${response.statusCode}`));
          response.on('data', (chunk) => {
            firstAt ??= performance.now();
            bytes += chunk.length;
          });
          response.on('end', () => {
            took.push(performance.now() - begunAt);
            firsts.push((firstAt ?? performance.now()) - begunAt);
            resolve();
          });
          response.on('error', reject);
        }).on('error', reject);
      });
    await Promise.all(
      Array.from({ length: clients }, async () => {
        do await one();
        while (performance.now() < endAt);
      }),
    );
    const elapsed = (performance.now() - startedAt) / 1_000;
    agent.destroy();
    process.send({
      'p50 ms': percentile(took, 0.5),
      'p99 ms': percentile(took, 0.99),
      'first byte p50 ms': percentile(firsts, 0.5),
      'requests/s': round(took.length / elapsed),
      'MB/s': round(bytes / elapsed / 1e6),
      'MB each': round(bytes / took.length / 1e6),
    });
  });
}

function percentile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]);
}

function round(value) {
  return value >= 100 ? Math.round(value) : Number(value.toPrecision(3));
}

function machine() {
  return `load ${loadavg()[0].toFixed(1)}, ${cpus().length} x ${cpus()[0]?.model ?? '?'}, Node ${process.versions.node}`;
}
