// CloudWatch end to end: events to records at the region's documented quota, against what the quota allows.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
const { CloudWatchLogs } = await import('@aws-sdk/client-cloudwatch-logs');
const { createSandbox, documentedRate } = await import('@net/aws-sandbox');
const { ColumnScanner, Aggregation, defaultFormat, generateText } = await import('../dist/index.js');
const { pollGroup, scanEvents, SeenEvents } = await import('../dist/cloudwatch/index.js');

const REGION = 'eu-west-1';
const ACCOUNTS = Number(process.env.NET_BENCH_ACCOUNTS ?? 1);
const sandbox = await createSandbox();
const nowMs = Date.now();
const text = [...generateText({ connections: 30_000, seed: 1 })]
  .map((part) => Buffer.from(part).toString())
  .join('');
const lines = text.split('\n').slice(1, -1);
const clients = [];
for (let account = 0; account < ACCOUNTS; account++) {
  const logs = new CloudWatchLogs(sandbox.client(REGION, String(100000000000 + account)));
  await logs.createLogGroup({ logGroupName: 'flows' });
  await logs.createLogStream({ logGroupName: 'flows', logStreamName: 'eni-1-all' });
  for (let at = 0; at < lines.length; at += 6_000) {
    const logEvents = lines
      .slice(at, at + 6_000)
      .map((message, index) => ({ timestamp: nowMs - 1_200_000 + Math.floor((at + index) / 400), message }));
    await logs.putLogEvents({ logGroupName: 'flows', logStreamName: 'eni-1-all', logEvents });
  }
  sandbox.logs(String(100000000000 + account), REGION).behaviour.quotaScale = 1;
  clients.push(logs);
}
sandbox.calls.clear();
const begunAt = performance.now();
const cpu = process.cpuUsage();
const totals = await Promise.all(clients.map(count));
const seconds = (performance.now() - begunAt) / 1000;
const { user, system } = process.cpuUsage(cpu);
const calls = sandbox.calls.list({ action: 'FilterLogEvents' });
const accepted = calls.filter(({ outcome }) => outcome.kind === 'ok').length / ACCOUNTS;
const rate = documentedRate('FilterLogEvents', REGION);
// The bucket begins full, with a second's worth.
const allowed = Math.max(0, accepted - rate) / rate;
console.table({
  [`${ACCOUNTS} account(s)`]: {
    'records each': totals[0],
    right: totals.every((total) => total === lines.length),
    'calls each': accepted,
    throttled: calls.length - accepted * ACCOUNTS,
    'quota allows s': Number(allowed.toFixed(2)),
    'took s': Number(seconds.toFixed(2)),
    'CPU s, sandbox included': Number(((user + system) / 1e6).toFixed(2)),
  },
});
for (const client of clients) client.destroy();
await sandbox.close();

async function count(client) {
  const aggregation = new Aggregation({ keys: ['srcaddr', 'dstaddr', 'dstport'], measures: ['records'] });
  const scanner = new ColumnScanner({ format: defaultFormat, columns: aggregation.columns });
  let total = 0;
  const seen = new SeenEvents();
  for await (const { events } of pollGroup(client, { group: 'flows', startMs: nowMs - 3_600_000, seen })) {
    total += events.length;
    scanEvents(events, scanner, (batch) => aggregation.add(batch));
  }
  return total;
}
