import { createLog, createRedactor, type LogRecord, systemClock } from '@net/cli';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { randomUUID } from 'node:crypto';
import { accessSync, constants } from 'node:fs';
import path from 'node:path';
import { type HttpService, serveHttp, type ServeHttpOptions } from '../../src/http/index.js';
import type { ConnectionDelta, Shard } from '../../src/model/index.js';
import { openEmbeddedStore } from '../../src/store/embedded/index.js';
import type { Store } from '../../src/store/index.js';

export const TODAY = '2026-11-20';
export const NOW_MS: number = Date.parse(`${TODAY}T12:00:00Z`);
export const shop: Shard = { accountId: '111122223333', region: 'eu-west-1' };
export const data: Shard = { accountId: '444455556666', region: 'eu-central-1' };

const names = ['chromium', 'chromium-browser', 'google-chrome'];
const found = names
  .flatMap((name) =>
    (process.env['PATH'] ?? '').split(path.delimiter).map((folder) => path.join(folder, name)),
  )
  .find(isExecutable);

/** What suites of the page need. */
export const browserNeeded = { command: found ? path.basename(found) : 'chromium', install: 'chromium' };

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

export function launchBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: found!, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
}

/** A connection with what tests do not care about filled in. */
export function delta(
  source: string,
  dest: string,
  destPort: number,
  count: number,
  day: string = TODAY,
): ConnectionDelta {
  const firstMs = Date.parse(`${day}T08:00:00Z`);
  return {
    source,
    dest,
    destPort,
    count,
    day,
    firstMs,
    lastMs: firstMs + 3_600_000,
    decidedBy: { syn: count },
    example: '2 111122223333 eni-0a1 203.0.113.9 10.0.0.5 50000 443 6 10 840 1 2 ACCEPT OK',
  };
}

export interface PageBed {
  readonly store: Store;
  readonly service: HttpService;
  readonly logged: readonly LogRecord[];
  commit(shard: Shard, deltas: readonly ConnectionDelta[]): Promise<void>;
  /** A page that was opened and what went wrong in it. */
  open(place?: string, options?: OpenOptions): Promise<OpenPage>;
  close(): Promise<void>;
}

export type OpenOptions = Parameters<Browser['newContext']>[0];

export interface OpenPage {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Errors, warnings and broken policies; of every page they must be none. */
  readonly faults: readonly string[];
  /** The texts of the table's rows that are in the document, top to bottom. */
  rows(): Promise<string[][]>;
}

/** A real store behind the real server; the store's failures can be switched on. */
export async function startPageBed(
  browser: Browser,
  options: Partial<ServeHttpOptions> = {},
  changeStore: (store: Store) => Store = (store) => store,
): Promise<PageBed> {
  const store = openEmbeddedStore({ now: () => NOW_MS });
  const logged: LogRecord[] = [];
  const sink = { write: (record: LogRecord) => void logged.push(record), dropped: 0, close: async () => {} };
  const service = await serveHttp({
    store: changeStore(store),
    addresses: { entries: async () => [] },
    auth: [],
    clock: { now: () => NOW_MS, monotonicMs: () => performance.now() },
    log: createLog(sink, { level: 'debug', clock: systemClock, redactor: createRedactor() }),
    version: '9.9.9',
    host: '127.0.0.1',
    port: 0,
    ...options,
  });
  const contexts: BrowserContext[] = [];
  const versions = new Map<Shard, string>();
  return {
    store,
    service,
    logged,
    commit: async (shard, deltas) => {
      const batchId = randomUUID();
      const previous = versions.get(shard) ?? '';
      const checkpoint = { cursor: 'c', readUntilMs: NOW_MS - 60_000 };
      const all = { shard, fence: 1, batchId, previous, deltas, seen: [], checkpoint };
      const { status } = await store.commit(all);
      if (status !== 'committed') throw new Error(`the commit is ${status}`);
      versions.set(shard, batchId);
    },
    open: async (place = '', contextOptions = {}) => {
      const context = await browser.newContext(contextOptions);
      contexts.push(context);
      context.setDefaultTimeout(15_000);
      const page = await context.newPage();
      const faults: string[] = [];
      page.on('pageerror', (error) => faults.push(`error: ${error.message}`));
      page.on('console', (message) => {
        const isProblem = ['error', 'warning'].includes(message.type());
        if (isProblem) faults.push(`${message.type()}: ${message.text()}`);
      });
      await page.goto(service.url + place);
      const rows = async (): Promise<string[][]> =>
        await page.evaluate(`[...document.querySelectorAll('.grid-row')]
          .sort((a, b) => a.ariaRowIndex - b.ariaRowIndex)
          .map((row) => [...row.children].map((cell) => cell.textContent))`);
      return { page, context, faults, rows };
    },
    close: async () => {
      await Promise.all(contexts.map((context) => context.close()));
      await service.close(500);
      await store.close();
    },
  };
}

/** Two accounts with a handful of connections of today and of the days before. */
export async function fill({ store, commit }: Pick<PageBed, 'store' | 'commit'>): Promise<void> {
  const none = { domain: undefined, attributes: {} };
  await store.putAccounts([
    { id: shop.accountId, name: 'shop', regions: [shop.region], ...none },
    { id: data.accountId, name: 'data', regions: [data.region], ...none },
  ]);
  await commit(shop, [
    delta('office', 'bastion/198.51.100.20', 22, 3, '2026-11-17'),
    delta('office', 'bastion/198.51.100.20', 22, 5, '2026-11-19'),
  ]);
  await commit(shop, [
    delta('office', 'bastion/198.51.100.20', 22, 7),
    delta('gate.example.org/203.0.113.9', 'web/198.51.100.10', 443, 1_200),
    delta('203.0.113.77', 'web/198.51.100.10', 443, 40),
    delta('203.0.113.77', 'web/198.51.100.10', 8443, 2),
  ]);
  await commit(data, [
    delta('111122223333/eu-west-1/nat-eu-west-1a.example.org', 'db/198.51.100.30', 5432, 90),
    delta('203.0.113.99', 'vpn/198.51.100.31', 0, 11),
  ]);
}
