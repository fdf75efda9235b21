import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { suite } from '@net/testing';
import type { Browser } from 'playwright-core';
import { staticTokens } from '../../src/http/index.js';
import type { Store } from '../../src/store/index.js';
import { TrackerError } from '../../src/errors.js';
import { browserNeeded, data, delta, fill, launchBrowser, type PageBed, startPageBed } from './page-bed.js';

suite('what people do on the page', [browserNeeded], () => {
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

  test('search, port, account and suspicious filters; order by any column; all of it in the address', async () => {
    const { page, faults, rows } = await bed.open('#/connections');
    await page.getByText('6 of 6 connections').waitFor();
    await page.getByLabel('Search names').fill('OFFICE');
    await page.getByText('1 of 6 connections').waitFor();
    expect((await rows()).map(([, source]) => source)).toEqual(['office']);
    expect(page.url()).toContain('q=OFFICE');
    await page.getByLabel('Search names').fill('');
    await page.locator('.filters input[type=number]').fill('8443');
    await page.getByText('1 of 6 connections').waitFor();
    await page.locator('.filters input[type=number]').fill('');
    await page.getByLabel('Account').selectOption({ label: 'data' });
    await page.getByText('2 of 6 connections').waitFor();
    await page.getByLabel('Account').selectOption('');
    await page.getByLabel('without ports 0 and 443').check();
    await page.getByText('3 of 6 connections').waitFor();
    expect((await rows()).map(([, , , port]) => port)).toEqual(['5432', '22', '8443']);
    await page.getByRole('button', { name: 'Port', exact: true }).click();
    await page.getByRole('button', { name: 'Port ↑' }).waitFor();
    await page.locator('#row-0 > :nth-child(4)').getByText('22', { exact: true }).waitFor();
    expect((await rows()).map(([, , , port]) => port)).toEqual(['22', '5432', '8443']);
    await page.reload();
    await page.getByText('3 of 6 connections').waitFor();
    expect(faults).toEqual([]);
  });

  test('days: today, a week, any range; the back button goes back', async () => {
    const { page, faults, rows } = await bed.open('#/connections');
    await page.getByText('6 of 6 connections').waitFor();
    await page.getByRole('button', { name: '7 days' }).click();
    await page.waitForURL(/from=2026-11-14&to=2026-11-20/);
    await page.getByText('6 of 6 connections').waitFor();
    await page.locator('.grid-row', { hasText: 'office' }).getByText('15').waitFor();
    await page.getByLabel('to', { exact: true }).fill('2026-11-19');
    await page.getByText('1 of 1 connections').waitFor();
    expect((await rows())[0]?.at(-1)).toBe('8');
    await page.goBack();
    await page.getByText('6 of 6 connections').waitFor();
    await page.getByRole('button', { name: 'Today' }).click();
    await page.waitForURL((url) => !url.href.includes('from='));
    expect(faults).toEqual([]);
  });

  test('an endpoint and a source over days, and why a connection is there', async () => {
    const { page, faults } = await bed.open('#/connections?from=2026-11-14&to=2026-11-20&q=office');
    await page.getByText('1 of 6 connections').waitFor();
    await page.locator('#row-0 .dest').or(page.locator('#row-0 [data-action=dest]')).first().click();
    await page.getByRole('heading', { name: 'bastion/198.51.100.20, port 22' }).waitFor();
    expect(await page.locator('main').innerText()).toContain('1 distinct sources');
    expect(await page.getByRole('img').first().getAttribute('aria-label')).toBe('seen on 3 of 7 days');
    await page.getByRole('link', { name: 'office' }).click();
    await page.getByRole('heading', { name: 'office' }).waitFor();
    await page.getByRole('link', { name: 'why' }).click();
    await page.getByRole('heading', { name: 'office to bastion/198.51.100.20, port 22' }).waitFor();
    const words = await page.locator('main').innerText();
    expect(words).toContain('First seen 2026-11-17 08:00');
    expect(words).toContain('syn');
    expect(words).toContain('ACCEPT OK');
    expect(faults).toEqual([]);
  });

  test('first seen, and the graph with its table', async () => {
    const { page, faults } = await bed.open('#/new');
    await page.getByRole('heading', { name: 'First seen' }).waitFor();
    const words = await page.locator('main').innerText();
    expect(words).toContain('203.0.113.77');
    expect(words).not.toContain('office');
    await page.getByRole('link', { name: 'Graph' }).click();
    await page.getByRole('heading', { name: 'Accounts and networks' }).waitFor();
    await page.getByRole('button', { name: 'shop' }).first().focus();
    expect(await page.locator('main').innerText()).toMatch(/shop: \d+ lines/);
    await page.getByText('The same as a table').click();
    expect(await page.getByRole('table').innerText()).toContain('shop');
    expect(faults).toEqual([]);
  });

  test('names that are markup, or turn the text, are shown as text', async () => {
    const names = [
      '<img src=x onerror="document.title=1">',
      '"><script>document.title=2</script>',
      'a->b:443',
      'line\nbreak',
      'turned\u202Eback',
      "'; DROP TABLE x; --",
      `long${'x'.repeat(500)}`,
    ];
    await bed.commit(
      data,
      names.map((name) => delta(name, `${name}/198.51.100.9`, 443, 10)),
    );
    const { page, faults, rows } = await bed.open('#/connections');
    await page.getByText(`${6 + names.length} of ${6 + names.length} connections`).waitFor();
    const shown = (await rows()).map(([, source]) => source);
    expect(shown).toContain('<img src=x onerror="document.title=1">');
    expect(shown).toContain('a->b:443');
    expect(shown).toContain('line\\u000abreak');
    expect(shown).toContain('turned\\u202eback');
    expect(await page.title()).toBe('Connections – Connections');
    expect(await page.locator('main img, main script').count()).toBe(0);
    expect(faults).toEqual([]);
  });

  test('without a mouse', async () => {
    const { page, faults } = await bed.open('#/connections');
    await page.getByText('6 of 6 connections').waitFor();
    const grid = page.locator('.grid-body');
    await grid.focus();
    await page.keyboard.press('ArrowDown');
    expect(await grid.getAttribute('aria-activedescendant')).toBe('row-1');
    await page.keyboard.press('End');
    expect(await grid.getAttribute('aria-activedescendant')).toBe('row-5');
    await page.keyboard.press('Home');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'web/198.51.100.10, port 443' }).waitFor();
    await page.goBack();
    await page.getByText('6 of 6 connections').waitFor();
    await grid.focus();
    await page.keyboard.press('w');
    await page.getByRole('heading', { name: /gate\.example\.org.* to web/ }).waitFor();
    expect(faults).toEqual([]);
  });
});

suite('the page of a tracker that asks who one is, or whose store is away', [browserNeeded], () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchBrowser();
  }, 30_000);
  afterAll(() => browser.close());

  test('a wrong token is refused, the right one opens; it is kept nowhere', async () => {
    const token = 'a-token-of-24-characters';
    const bed = await startPageBed(browser, { auth: [staticTokens([token])] });
    try {
      await fill(bed);
      const { page, context, rows } = await bed.open('#/connections');
      const field = page.getByLabel('Bearer token');
      await field.fill('wrong-token-of-some-length');
      await page.getByRole('button', { name: 'Continue' }).click();
      await page.getByText('Provided oauth token is not valid').waitFor();
      await field.fill(token);
      await page.getByRole('button', { name: 'Continue' }).click();
      await page.getByText('6 of 6 connections').waitFor();
      expect(await rows()).toHaveLength(6);
      expect(page.url()).not.toContain(token);
      expect(await page.content()).not.toContain(token);
      expect(await page.evaluate('JSON.stringify([localStorage, sessionStorage, document.cookie])')).toBe(
        '[{},{},""]',
      );
      expect(await context.cookies()).toEqual([]);
    } finally {
      await bed.close();
    }
  });

  test('a store that is away is said, and the page goes on when it is back', async () => {
    let isAway = true;
    const change = (store: Store): Store =>
      new Proxy(store, {
        get: (target, name) => {
          const value: unknown = Reflect.get(target, name);
          if (typeof value !== 'function' || name === 'close') return value;
          return (...given: unknown[]): unknown => {
            if (isAway) throw new TrackerError('NET_TRACKER_STORE', 'it is away');
            return Reflect.apply(value, target, given);
          };
        },
      });
    const bed = await startPageBed(browser, {}, change);
    try {
      await fill(bed);
      const { page } = await bed.open('#/overview');
      await page.getByText('The store does not answer at the moment').waitFor();
      isAway = false;
      await page.reload();
      await page.getByRole('heading', { name: 'Overview' }).waitFor();
      expect(await page.locator('.cards').innerText()).toContain('1,350');
    } finally {
      await bed.close();
    }
  });

  test('nothing read yet: no error, and words', async () => {
    const bed = await startPageBed(browser);
    try {
      const { page, faults } = await bed.open('#/connections');
      await page.getByText('0 of 0 connections').waitFor();
      await page.getByRole('link', { name: 'Graph' }).click();
      await page.getByText('No connections between any in the range.').waitFor();
      expect(page.url()).toContain('graph');
      expect(faults).toEqual([]);
    } finally {
      await bed.close();
    }
  });
});
