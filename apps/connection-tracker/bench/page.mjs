// The page with many connections in a real browser, from the built package: time until the table is there and whole, frames
// while it is scrolled from end to end, tasks that held the page up, memory. `node bench/page.mjs [connections]`
import { randomUUID } from 'node:crypto';
import { createLog, createRedactor, systemClock } from '@net/cli';
import { chromium } from 'playwright-core';
import { serveHttp } from '../dist/http/index.js';
import { openEmbeddedStore } from '../dist/store/embedded/index.js';

const CONNECTIONS = Number(process.argv[2] ?? 100_000);
const NOW_MS = Date.UTC(2026, 10, 20, 12);
const shard = { accountId: '111122223333', region: 'eu-west-1' };
const quiet = { write: () => {}, dropped: 0, close: async () => {} };
const store = openEmbeddedStore({ now: () => NOW_MS });
let previous = '';
for (let from = 0; from < CONNECTIONS; from += store.limits.deltas) {
  const length = Math.min(store.limits.deltas, CONNECTIONS - from);
  const deltas = Array.from({ length }, (_, index) => ({
    source: `host-${from + index}.example.org/203.0.113.1`,
    dest: `web-${(from + index) % 300}/198.51.100.10`,
    destPort: 443,
    day: '2026-11-20',
    count: 1 + ((from + index) % 997),
    firstMs: NOW_MS - 3_600_000,
    lastMs: NOW_MS,
    decidedBy: { syn: 1 },
    example: 'x',
  }));
  const batchId = randomUUID();
  const checkpoint = { cursor: 'c', readUntilMs: NOW_MS };
  await store.commit({ shard, fence: 1, batchId, previous, deltas, seen: [], checkpoint });
  previous = batchId;
}
const service = await serveHttp({
  store,
  addresses: { entries: async () => [] },
  auth: [],
  clock: { now: () => NOW_MS, monotonicMs: () => performance.now() },
  log: createLog(quiet, { level: 'error', clock: systemClock, redactor: createRedactor() }),
  version: '0.1.0',
  host: '127.0.0.1',
  port: 0,
});
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--enable-precise-memory-info'],
});
try {
  const page = await browser.newPage({ viewport: { width: 1200, height: 760 } });
  await page.addInitScript(`window.longTasks = [];
    new PerformanceObserver((list) => { for (const { duration } of list.getEntries()) longTasks.push(duration); })
      .observe({ type: 'longtask', buffered: true });`);
  const startMs = performance.now();
  await page.goto(`${service.url}#/connections`);
  await page.locator('.grid-row').first().waitFor();
  const firstMs = performance.now() - startMs;
  const total = new Intl.NumberFormat('en').format(CONNECTIONS);
  await page.getByText(`${total} of ${total} connections`).waitFor({ timeout: 120_000 });
  const wholeMs = performance.now() - startMs;
  const frames = await page.evaluate(`new Promise((resolve) => {
    const body = document.querySelector('.grid-body');
    const gaps = [];
    let before = performance.now();
    const beginMs = before;
    const step = (now) => {
      gaps.push(now - before);
      before = now;
      body.scrollTop = (body.scrollHeight * (now - beginMs)) / 5000;
      if (now - beginMs < 5000) requestAnimationFrame(step);
      else resolve(gaps.slice(1).sort((a, b) => a - b));
    };
    requestAnimationFrame(step);
  })`);
  const searchedMs = performance.now();
  await page.getByLabel('Search names').fill('host-77777.');
  await page.getByText(`1 of ${total} connections`).waitFor();
  const searchMs = performance.now() - searchedMs;
  const { heap, tasks } = await page.evaluate(
    '({ heap: performance.memory.usedJSHeapSize, tasks: longTasks })',
  );
  const at = (share) => frames[Math.floor((frames.length - 1) * share)].toFixed(1);
  console.log(`${total} connections, Chromium ${browser.version()}`);
  console.log(
    `first rows ${Math.round(firstMs)} ms, all of them ${Math.round(wholeMs)} ms, a search ${Math.round(searchMs)} ms`,
  );
  console.log(
    `frames over 5 s of scrolling: ${frames.length}, p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, longest ${at(1)} ms`,
  );
  console.log(
    `tasks over 50 ms: ${tasks.length}, longest ${Math.round(Math.max(0, ...tasks))} ms; heap of the page ${Math.round(heap / 1_048_576)} MiB`,
  );
} finally {
  await browser.close();
  await service.close(100);
  await store.close();
}
