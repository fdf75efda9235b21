// Pictures of the page for the README, from the built package: node bench/pictures.mjs
import { createLog, createRedactor, systemClock } from '@net/cli';
import { chromium } from 'playwright-core';
import { mkdirSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { serveHttp } from '../dist/http/index.js';
import { openEmbeddedStore } from '../dist/store/embedded/index.js';
import { fillInvented, NOW_MS } from './invented-network.mjs';

const folder = fileURLToPath(new URL('../docs/', import.meta.url));
const endpoint = new URLSearchParams({
  from: '2026-11-14',
  to: '2026-11-20',
  account: '222233334444',
  region: 'eu-central-1',
  dest: 'payments-api-1093317842.eu-central-1.elb.amazonaws.com/198.51.100.60',
  port: '443',
});
const week = 'from=2026-11-14&to=2026-11-20';
const pictures = [
  ['overview', `#/overview?${week}`, 'light'],
  ['connections', '#/connections?suspicious=1', 'light'],
  ['connections-dark', '#/connections?suspicious=1', 'dark'],
  ['endpoint', `#/endpoint?${endpoint}`, 'light'],
  ['graph', `#/graph?${week}`, 'light'],
];
const quiet = { write: () => {}, dropped: 0, close: async () => {} };

const store = openEmbeddedStore({ now: () => NOW_MS });
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
  args: ['--no-sandbox'],
});
try {
  await fillInvented(store);
  mkdirSync(folder, { recursive: true });
  for (const [name, place, colorScheme] of pictures) {
    const viewport = { width: 1200, height: 760 };
    const page = await browser.newPage({ viewport, colorScheme, reducedMotion: 'reduce' });
    await page.goto(service.url + place);
    await page.locator('main h1').waitFor();
    await page.waitForLoadState('networkidle', { timeout: 2_000 }).catch(() => {});
    if (place.startsWith('#/connections')) await page.locator('.grid-row').nth(5).waitFor();
    if (name === 'graph') await page.locator('.graph [tabindex]').nth(2).focus();
    const path = `${folder}${name}.png`;
    await page.screenshot({ path });
    console.log(`docs/${name}.png ${Math.round(statSync(path).size / 1024)} KiB`);
    await page.close();
  }
} finally {
  await browser.close();
  await service.close(100);
  await store.close();
}
