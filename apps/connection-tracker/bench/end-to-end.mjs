// From CloudWatch at the region's documented quota to counts in the embedded store; and a replayed file, from the start of
// the program to its first page, its first data and its end. NET_BENCH_ACCOUNTS and NET_BENCH_LINES change the size.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import path from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';

process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
const REGION = 'eu-west-1';
const GROUP = 'vpc-flowgroup';
const LINES = Number(process.env.NET_BENCH_LINES ?? 1_000_000);
const ACCOUNTS = (process.env.NET_BENCH_ACCOUNTS ?? '1,4').split(',').map(Number);

if (process.argv[2] === 'replay') await replayHere(process.argv[3]);
else if (process.argv[2] === 'sandbox') await sandboxHere(Number(process.argv[3]));
else {
  // Other work on the machine makes times longer, CPU seconds hardly.
  console.log(
    `load ${loadavg()[0].toFixed(1)}, ${cpus().length} x ${cpus()[0]?.model ?? '?'}, Node ${process.versions.node}`,
  );
  const rows = {};
  for (const accounts of ACCOUNTS) rows[`${accounts} account(s)`] = await cloudWatch(accounts);
  console.table(rows);
  console.table({ [`replay of ${LINES} lines`]: await replay() });
}

/** The sandbox, in a process of its own: groups full of events, and the quota as documented. */
async function sandboxHere(accounts) {
  const { CloudWatchLogs } = await import('@aws-sdk/client-cloudwatch-logs');
  const { createSandbox, documentedRate } = await import('@net/aws-sandbox');
  const { generateText } = await import('@net/flowlogs');
  const sandbox = await createSandbox();
  const nowMs = Date.now();
  const lines = [...generateText({ connections: 30_000, seed: 1, header: false })]
    .join('')
    .trimEnd()
    .split('\n');
  const ids = Array.from({ length: accounts }, (_, index) => String(100_000_000_000 + index));
  for (const id of ids) {
    const logs = new CloudWatchLogs(sandbox.client(REGION, id));
    await logs.createLogGroup({ logGroupName: GROUP });
    await logs.createLogStream({ logGroupName: GROUP, logStreamName: 'eni-1-all' });
    for (let at = 0; at < lines.length; at += 6_000) {
      const logEvents = lines.slice(at, at + 6_000).map((message, index) => ({
        // Spread over twenty minutes, as what a first pass finds.
        timestamp: nowMs - 1_200_000 + Math.floor(((at + index) / lines.length) * 1_150_000),
        message,
      }));
      await logs.putLogEvents({ logGroupName: GROUP, logStreamName: 'eni-1-all', logEvents });
    }
    sandbox.logs(id, REGION).behaviour.quotaScale = 1;
    logs.destroy();
  }
  sandbox.calls.clear();
  process.on('message', async () => {
    const calls = sandbox.calls.list({ action: 'FilterLogEvents' });
    const accepted = calls.filter(({ outcome }) => outcome.kind === 'ok').length;
    await sandbox.close();
    process.send({ accepted, throttled: calls.length - accepted });
    process.disconnect();
  });
  const clients = ids.map((id) => sandbox.client(REGION, id));
  process.send({
    clients,
    ids,
    lines: lines.length,
    fromMs: nowMs - 3_600_000,
    rate: documentedRate('FilterLogEvents', REGION),
  });
}

async function cloudWatch(accounts) {
  const { CloudWatchLogsClient, DescribeLogGroupsCommand } = await import('@aws-sdk/client-cloudwatch-logs');
  const { createPacer, systemClock } = await import('@net/aws-core');
  const { AddressClasses, defaultFormat } = await import('@net/flowlogs');
  const { createReverseNames, createSourceNames, openEmbeddedStore, parseNetworks } = await import(
    '../dist/index.js'
  );
  const { createShardReader, everyInterface } = await import('../dist/ingest/index.js');
  const child = fork(fileURLToPath(import.meta.url), ['sandbox', String(accounts)]);
  const [{ clients, ids, lines, fromMs, rate }] = await once(child, 'message');
  const directory = mkdtempSync(path.join(tmpdir(), 'bench-'));
  const store = openEmbeddedStore({ directory });
  let commits = 0;
  const counted = { ...store, commit: (batch) => ((commits += 1), store.commit(batch)) };
  const names = createSourceNames(
    parseNetworks(''),
    createReverseNames({ reverse: () => Promise.resolve([]) }),
  );
  const readers = ids.map((accountId, index) => {
    const logs = new CloudWatchLogsClient({ ...clients[index], maxAttempts: 1 });
    const shard = { accountId, region: REGION };
    const reader = createShardReader({
      ...{
        shard,
        store: counted,
        logs,
        logGroup: GROUP,
        format: defaultFormat,
        endpoints: everyInterface,
        names,
      },
      ...{
        classes: new AddressClasses(),
        mode: 'evidence',
        clock: systemClock,
        lookBackMs: Date.now() - fromMs,
      },
      pacer: createPacer({ concurrency: 4 }),
    });
    return { logs, reader, shard };
  });
  // What a program loads once, when it begins, is no matter of the reading.
  for (const { logs } of readers) await logs.send(new DescribeLogGroupsCommand({}));
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const begunAt = performance.now();
  const cpu = process.cpuUsage();
  const passes = await Promise.all(
    readers.map(async ({ reader, shard }) =>
      reader.pass(await store.acquireLease(shard, 'bench', 3_600_000)),
    ),
  );
  const seconds = (performance.now() - begunAt) / 1_000;
  const { user, system } = process.cpuUsage(cpu);
  delay.disable();
  child.send('end');
  const [{ accepted, throttled }] = await once(child, 'message');
  let stored = 0;
  for (const { shard } of readers) for (const { records } of await store.days(shard)) stored += records;
  for (const { logs } of readers) logs.destroy();
  await store.close();
  rmSync(directory, { recursive: true, force: true });
  // The bucket begins full, with a second's worth.
  const allowedSeconds = Math.max(0, accepted / accounts - rate) / rate;
  const counts = passes.reduce((sum, pass) => sum + pass.counted, 0);
  return {
    'events each': lines,
    right: passes.every(({ events }) => events === lines) && stored === counts,
    'calls each': accepted / accounts,
    throttled,
    'quota allows s': round(allowedSeconds),
    'took s': round(seconds),
    'events/s, all': Math.round((lines * accounts) / seconds),
    'CPU s': round((user + system) / 1e6),
    'CPU us an event': round((user + system) / lines / accounts),
    commits,
    'loop p99 ms': round(delay.percentile(99) / 1e6),
    'loop max ms': round(delay.max / 1e6),
  };
}

/** The program, in this process, so that its event loop can be watched. */
async function replayHere(file) {
  const { runApp } = await import('../dist/index.js');
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const controller = new AbortController();
  process.on('message', () => controller.abort());
  const watch = setInterval(() => {
    const { user, system } = process.cpuUsage();
    const rss = process.memoryUsage.rss();
    process.send({
      loopMs: delay.max / 1e6,
      p99Ms: delay.percentile(99) / 1e6,
      rss,
      cpu: (user + system) / 1e6,
    });
  }, 100);
  await runApp({ argv: ['replay', file, '--port', '0'], signal: controller.signal });
  clearInterval(watch);
  process.disconnect();
}

async function replay() {
  const { generateText } = await import('@net/flowlogs');
  const directory = mkdtempSync(path.join(tmpdir(), 'bench-'));
  const file = path.join(directory, 'flow.log');
  const out = createWriteStream(file);
  let lines = -1;
  for (let seed = 1; lines < LINES; seed++)
    for (const text of generateText({ connections: 200_000, clients: 20_000, seed, header: seed === 1 })) {
      const room = LINES - lines;
      const parts = text.split('\n').slice(0, -1).slice(0, room);
      lines += parts.length;
      if (parts.length > 0 && !out.write(`${parts.join('\n')}\n`)) await once(out, 'drain');
      if (lines >= LINES) break;
    }
  out.end();
  await once(out, 'close');
  const begunAt = performance.now();
  const since = () => round((performance.now() - begunAt) / 1_000);
  const child = fork(fileURLToPath(import.meta.url), ['replay', file], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let text = '';
  let seen = { loopMs: 0, p99Ms: 0, rss: 0, cpu: 0 };
  let mostRss = 0;
  child.on('message', (message) => {
    seen = message;
    mostRss = Math.max(mostRss, message.rss);
  });
  const line = (pattern) =>
    new Promise((resolve) => {
      const look = () => {
        const found = pattern.exec(text);
        if (found) resolve(found);
      };
      for (const stream of [child.stdout, child.stderr]) stream.on('data', look);
      look();
    });
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (text += chunk));
  const [, origin] = await line(/(http:\/\/[^/\s]+)\/ui\//);
  await (await fetch(`${origin}/ui/`)).text();
  const firstPage = since();
  const days = async () => (await (await fetch(`${origin}/v1/overview`)).json()).all_days.length;
  while ((await days()) === 0) await new Promise((resolve) => setTimeout(resolve, 20));
  const firstData = since();
  await line(/records, .* of connections from outside/);
  const end = since();
  await new Promise((resolve) => setTimeout(resolve, 300));
  child.send('end');
  await once(child, 'exit');
  rmSync(directory, { recursive: true, force: true });
  return {
    'first page s': firstPage,
    'first data s': firstData,
    'end s': end,
    'lines/s': Math.round(LINES / end),
    'CPU s': round(seen.cpu),
    'RSS MiB': Math.round(mostRss / 2 ** 20),
    'loop p99 ms': round(seen.p99Ms),
    'loop max ms': round(seen.loopMs),
  };
}

function round(value) {
  return value >= 100 ? Math.round(value) : Number(value.toPrecision(3));
}
