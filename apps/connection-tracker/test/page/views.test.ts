import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { suite } from '@net/testing';
import type { Browser } from 'playwright-core';
import { browserNeeded, delta, fill, launchBrowser, type PageBed, shop, startPageBed } from './page-bed.js';

suite('the page', [browserNeeded], () => {
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

  test('the overview has the totals of today', async () => {
    const { page, faults } = await bed.open();
    await page.getByRole('heading', { name: 'Overview' }).waitFor();
    const cards = await page.locator('.cards').innerText();
    expect(cards.replaceAll(/\s+/g, ' ')).toContain('Records 1,350');
    expect(await page.title()).toBe('Overview – Connections');
    expect(faults).toEqual([]);
  });

  test('a commit appears in the open table', async () => {
    const { page, faults, rows } = await bed.open('#/connections');
    await page.getByText('6 of 6 connections').waitFor();
    expect((await rows())[0]?.[1]).toBe('gate.example.org/203.0.113.9');
    await page.getByText('Live').first().waitFor();
    await bed.commit(shop, [delta('new.example.org/203.0.113.50', 'web/198.51.100.10', 443, 5_000)]);
    await page.getByText('7 of 7 connections').waitFor();
    await page.locator('#row-0').getByText('new.example.org/203.0.113.50').waitFor();
    expect(faults).toEqual([]);
  });
});
