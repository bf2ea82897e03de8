import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { chromiumPath, faultsOf, startChromium } from '../support/chromium.js';
import { freePort, MillraceProcess } from '../support/millrace-process.js';

const WAIT = { timeout: 60_000 };
/** Keys that open pages, by the title that they open. */
const PAGES = { h: 'Home', q: 'Query', e: 'Explore', d: 'Dashboards', i: 'Ingestion', s: 'Segments', v: 'Services' };

interface Focused {
  /** Of the element, while it is in the page. */
  readonly id: number;
  readonly name: string;
  readonly isShown: boolean;
  readonly hasRing: boolean;
}

/** What has the focus; null = nothing in the page. */
const FOCUSED = `(() => {
  const element = document.activeElement;
  if (element === null || element === document.body) return null;
  window.walked ??= 0;
  element.walked ??= ++window.walked;
  const hasRing = (one) => {
    const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(one);
    return (outlineStyle !== 'none' && parseFloat(outlineWidth) > 0) || boxShadow !== 'none';
  };
  const labels = [...(element.labels ?? [])].map((label) => label.textContent);
  const { width, height } = element.getBoundingClientRect();
  return {
    id: element.walked,
    name: ([element.getAttribute('aria-label'), ...labels, element.textContent, element.title].find(Boolean) ?? '').trim(),
    isShown: width > 0 && height > 0,
    hasRing: [element, element.closest('.editor')].some((one) => one !== null && hasRing(one)),
  };
})()`;

describe.skipIf(chromiumPath === undefined)('with the keyboard alone', () => {
  let browser: Browser;
  let directory: string;
  let server: MillraceProcess;
  let page: Page;

  beforeAll(async () => {
    browser = await startChromium();
  });

  afterAll(async () => {
    await browser.close();
  });

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'millrace-keys-'));
    server = new MillraceProcess({ port: await freePort(), args: ['--data-dir', directory, '--demo'] });
    await server.start();
    page = await browser.newPage();
    await page.goto(server.url);
    await expect.poll(async () => Number((await text('#total')).replaceAll(',', '')), WAIT).toBeGreaterThan(600);
  });

  afterEach(async () => {
    await page.close();
    await server.kill();
    await rm(directory, { recursive: true, force: true });
  });

  const text = async (selector: string): Promise<string> => (await page.textContent(selector)) ?? '';
  const says = (selector: string, part: string): Promise<void> =>
    expect.poll(() => text(selector), WAIT).toContain(part) as unknown as Promise<void>;
  const press = async (...keys: readonly string[]): Promise<void> => {
    for (const key of keys) await page.keyboard.press(key);
  };

  const focused = async (): Promise<Focused | null> => (await page.evaluate(FOCUSED)) as Focused | null;

  /** Presses Tab until what has this name, or a name that begins with it, has the focus. */
  async function tabTo(name: string): Promise<void> {
    for (let i = 0; i < 100; i++) {
      await press('Tab');
      if ((await focused())?.name.startsWith(name) === true) return;
    }
    throw new Error(`Tab does not lead to [${name}]`);
  }

  test('every page can be walked through with Tab: what has the focus shows it and has a name, and nothing holds it', async () => {
    const wrong: unknown[] = [];
    for (const [key, title] of Object.entries(PAGES)) {
      await press('g', key);
      await page.waitForSelector(`h1:text-is("${title}")`, WAIT);
      await page.waitForLoadState('networkidle');
      const seen = new Set<number>();
      // It may begin anywhere, since the page before had the focus: past the end once, then from the top.
      for (let left = 0; left < 2; ) {
        await press('Tab');
        const at = await focused();
        if (at === null) {
          left++;
          continue;
        }
        if (seen.has(at.id)) {
          // Around once, not to and fro between the last two.
          if (seen.size > 1 && at.id === [...seen].at(-1)) wrong.push({ title, held: at.name });
          break;
        }
        seen.add(at.id);
        if (at.name === '' || !at.isShown || !at.hasRing) wrong.push({ title, ...at });
      }
      expect(seen.size, title).toBeGreaterThan(1);
      await page.evaluate('document.activeElement.blur()');
    }
    expect(wrong).toEqual([]);
  });

  test('a query is written, run, looked up in the history and explained', async () => {
    await press('g', 'q');
    await page.waitForSelector('.cm-content', WAIT);
    const write = async (statement: string): Promise<void> => {
      await press('/', 'Control+a', 'Delete');
      await page.keyboard.insertText(statement);
      await press('Control+Enter');
      await says('#outcome', '1 row in');
    };
    await write('SELECT COUNT(*) AS first FROM wikipedia');
    await press('Tab');
    expect((await focused())?.name).toContain('Run');
    await write(
      "SELECT MAX(n) FROM (SELECT page, COUNT(*) n FROM wikipedia WHERE channel = '#en.wikipedia' GROUP BY 1)",
    );
    await press('Tab');
    // History: down to the older one, back into the editor with it.
    await press('Shift+Tab', 'Shift+Tab');
    expect((await focused())?.name).toBe('History');
    await press('Enter');
    await tabTo(await text('.history li:first-child button'));
    await press('ArrowDown');
    expect((await focused())?.name).toContain('AS first');
    await press('ArrowUp', 'End', 'Home', 'ArrowDown', 'Enter');
    await says('.cm-content', 'AS first');
    expect((await focused())?.name).toContain('Query');
    await press('Escape');
    await page.waitForSelector('.history', { state: 'detached' });
    expect((await focused())?.name).toBe('History');
    // A plan of two steps and a table.
    await press('/', 'Control+a', 'Delete');
    await page.keyboard.insertText('SELECT MAX(n) FROM (SELECT page, COUNT(*) n FROM wikipedia GROUP BY 1)');
    await tabTo('Explain');
    await press('Enter');
    await expect.poll(() => page.locator('.plan .badge:has-text("blocks")').count(), WAIT).toBeGreaterThan(0);
    const steps = (): Promise<number> => page.locator('.plan [role=treeitem]').count();
    expect(await steps()).toBe(3);
    const step = async (): Promise<string | undefined> => (await focused())?.name;
    await press('Tab', 'Tab');
    expect(await focused()).toMatchObject({
      name: expect.stringMatching(/timeseries|groupBy/) as string,
      hasRing: true,
    });
    await press('ArrowDown', 'ArrowDown');
    expect(await step()).toContain('table wikipedia');
    await press('ArrowLeft', 'ArrowLeft');
    expect(await steps()).toBe(2);
    await press('ArrowLeft', 'ArrowLeft');
    expect(await steps()).toBe(1);
    await press('ArrowRight', 'ArrowRight', 'ArrowRight', 'End');
    expect([await steps(), await step()]).toEqual([3, expect.stringContaining('table wikipedia')]);
    expect(await faultsOf(page)).toEqual([]);
    await press('Escape');
    await page.waitForSelector('.plan', { state: 'detached' });
  });

  test('the list of keys opens and closes, and the focus is where it was', async () => {
    await tabTo('Query');
    await press('?');
    await page.waitForSelector('dialog.key-help', WAIT);
    await press('Escape');
    await page.waitForSelector('dialog.key-help', { state: 'detached' });
    expect((await focused())?.name).toContain('Query');
    await press('ArrowDown');
    expect((await focused())?.name).toContain('Explore');
    await press('Enter');
    await page.waitForSelector('h1:text-is("Explore")', WAIT);
  });

  test('explore: values are gone through, kept and left out; dimensions are chosen', async () => {
    await press('g', 'e');
    await page.waitForSelector('.split .name', WAIT);
    await tabTo('channel');
    await press('ArrowDown', 'Enter');
    await says('.values h2', 'page');
    await tabTo('Table of values');
    await press('Tab', 'ArrowDown', 'ArrowRight');
    expect((await focused())?.name).toMatch(/^Without /);
    await press('Enter');
    await page.waitForSelector('[aria-label=Filters] .chip', WAIT);
  });

  test('a dashboard is made, gets a tile that is shown as each kind, and is shared', async () => {
    await press('g', 'd');
    await page.waitForSelector('[data-tile]', WAIT);
    await tabTo('New');
    await press('Enter');
    await page.waitForSelector('button:text-is("Add tile")', WAIT);
    await press('Shift+Tab', 'Shift+Tab', 'Shift+Tab');
    expect((await focused())?.name).toBe('Add tile');
    await press('Enter');
    await page.waitForSelector('dialog.tile-form', WAIT);
    await press('Escape');
    await page.waitForSelector('dialog.tile-form', { state: 'detached' });
    expect((await focused())?.name).toBe('Add tile');
    await press('Enter');
    await page.waitForSelector('dialog.tile-form', WAIT);
    await page.keyboard.press('Control+a');
    await page.keyboard.insertText('By keys');
    await press('Enter');
    await page.waitForSelector('.tiles h2:text-is("By keys"), .tiles :text-is("By keys")', WAIT);
    const perSecond = `SELECT TIME_FLOOR(__time, 'PT1S') AS t, COUNT(*) AS n FROM wikipedia GROUP BY 1`;
    const perChannel = 'SELECT channel, COUNT(*) AS n FROM wikipedia GROUP BY 1 ORDER BY 2 DESC';
    for (const [kind, statement, shows] of [
      ['Number', 'SELECT COUNT(*) AS n FROM wikipedia', '.tile-number'],
      ['Bars', perChannel, 'li:has-text("#en.wikipedia")'],
      ['Table', perChannel, 'tbody tr:has-text("#en.wikipedia")'],
      ['Line', perSecond, 'canvas'],
    ] as const) {
      await tabTo('Edit By keys');
      await press('Enter');
      await page.waitForSelector('dialog.tile-form', WAIT);
      await tabTo(kind);
      await press('Enter');
      await tabTo('Statement');
      await press('Control+a');
      await page.keyboard.insertText(statement);
      await press('Control+Enter');
      await page.waitForSelector(`dialog ${shows}`, WAIT);
      expect(await faultsOf(page)).toEqual([]);
      await tabTo('Keep');
      await press('Enter');
      await page.waitForSelector(`.tiles ${shows}`, WAIT);
    }
    await tabTo('Share');
    await press('Enter');
    await page.waitForSelector('.share-address', WAIT);
  });
});
