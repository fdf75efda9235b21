import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { suite } from '@net/testing';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Browser, Page } from 'playwright-core';
import { browserNeeded, delta, fill, launchBrowser, type PageBed, shop, startPageBed } from './page-bed.js';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const detail = 'account=111122223333&region=eu-west-1';
const views = {
  overview: '#/overview',
  connections: '#/connections',
  'first seen': '#/new',
  graph: '#/graph',
  endpoint: `#/endpoint?${detail}&dest=bastion%2F198.51.100.20&port=22`,
  source: `#/source?${detail}&source=office`,
  why: `#/why?${detail}&source=office&dest=bastion%2F198.51.100.20&port=22`,
};

/** Findings that keep somebody from using the page. */
async function findings(page: Page): Promise<string[]> {
  const found = (await page.evaluate(
    `${axe}; axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) =>
      violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
        .map(({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html.slice(0, 200)).join(' | ')))`,
  )) as string[];
  return found;
}

suite('the page for everybody', [browserNeeded], () => {
  let browser: Browser;
  let bed: PageBed;
  beforeAll(async () => {
    browser = await launchBrowser();
  }, 30_000);
  afterAll(() => browser.close());
  beforeEach(async () => {
    bed = await startPageBed(browser);
    await fill(bed);
  });
  afterEach(() => bed.close());

  describe.each([
    { colorScheme: 'light', viewport: { width: 1200, height: 760 } },
    { colorScheme: 'dark', viewport: { width: 360, height: 640 } },
  ] as const)('%j', (options) => {
    test.each(Object.entries(views))(
      '%s: no serious finding, nothing beside the screen',
      async (_, place) => {
        const { page, faults } = await bed.open(place, options);
        await page.locator('main h1').waitFor();
        if (place === '#/connections') await page.getByText('6 of 6 connections').waitFor();
        // The rules of content security forbid inline scripts, not those of the test.
        expect(await findings(page)).toEqual([]);
        const [wide, screen] = (await page.evaluate(
          '[document.documentElement.scrollWidth, document.documentElement.clientWidth]',
        )) as [number, number];
        expect(wide).toBeLessThanOrEqual(screen);
        expect(faults).toEqual([]);
      },
    );
  });

  test('a hundred thousand connections: those in sight are in the document, any of them is found', async () => {
    const per = bed.store.limits.deltas;
    for (let from = 0; from < 100_000; from += per) {
      const length = Math.min(per, 100_000 - from);
      await bed.commit(
        shop,
        Array.from({ length }, (_, index) =>
          delta(
            `host-${from + index}.example.org/203.0.113.1`,
            'web/198.51.100.10',
            443,
            1 + ((from + index) % 997),
          ),
        ),
      );
    }
    const { page, faults, rows } = await bed.open('#/connections');
    await page.getByText('100,006 of 100,006 connections').waitFor({ timeout: 30_000 });
    expect((await rows()).length).toBeLessThan(80);
    const body = page.locator('.grid-body');
    await body.focus();
    await page.keyboard.press('End');
    await page.locator('#row-100005').waitFor();
    expect((await rows()).length).toBeLessThan(80);
    await page.getByLabel('Search names').fill('host-77777.');
    await page.getByText('1 of 100,006 connections').waitFor();
    expect((await rows())[0]?.[1]).toBe('host-77777.example.org/203.0.113.1');
    expect(faults).toEqual([]);
  }, 90_000);
});
