import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { freePort, MillraceProcess } from '../support/millrace-process.js';

const USUAL_PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/snap/bin/chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];
const QUIET_FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
const WAIT = { timeout: 60_000 };

const executablePath = process.env['MILLRACE_TEST_CHROMIUM'] ?? USUAL_PLACES.find((path) => existsSync(path));
if (executablePath === undefined) {
  const reason = 'The console is not tested: no Chromium was found. Set MILLRACE_TEST_CHROMIUM to its path.';
  if (process.env['CI'] === 'true') throw new Error(reason);
  console.warn(reason);
}

describe.skipIf(executablePath === undefined)('the page of a server', () => {
  let browser: Browser;
  let directory: string;
  let server: MillraceProcess;
  let page: Page;
  let problems: string[];

  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: executablePath!, args: QUIET_FLAGS });
  });

  afterAll(async () => {
    await browser.close();
  });

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'millrace-console-'));
    problems = [];
    page = await browser.newPage();
    page.on('pageerror', (error) => problems.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') problems.push(message.text());
    });
    page.on('request', (request) => noteForeign(request.url()));
    page.on('websocket', (socket) => noteForeign(socket.url().replace(/^ws/, 'http')));
  });

  afterEach(async () => {
    await page.close();
    await server.kill();
    await rm(directory, { recursive: true, force: true });
  });

  function noteForeign(url: string): void {
    if (!url.startsWith('data:') && new URL(url).origin !== server.url) problems.push(`request to ${url}`);
  }

  async function open(...args: readonly string[]): Promise<void> {
    server = new MillraceProcess({ port: await freePort(), args: ['--data-dir', directory, ...args] });
    await server.start();
    await page.goto(server.url);
  }

  const text = async (selector: string): Promise<string> => (await page.textContent(selector)) ?? '';
  const number = async (selector: string): Promise<number> => Number((await text(selector)).replaceAll(',', ''));

  /** Resolves when the element shows a number above `least`. */
  async function above(selector: string, least: number): Promise<number> {
    await expect.poll(() => number(selector), WAIT).toBeGreaterThan(least);
    return number(selector);
  }

  /** Resolves when the element's text contains `part`. */
  async function says(selector: string, part: string): Promise<void> {
    await expect.poll(() => text(selector), WAIT).toContain(part);
  }

  test('numbers, chart and lists move, and the total is that of a query', async () => {
    await open('--demo');
    await says('#connection', 'live');
    const before = await above('#total', 0);
    // Asked between two looks at the page: what is shown never falls, so the answer lies between them.
    const answer = await server.post('/druid/v2', {
      queryType: 'timeseries',
      dataSource: 'wikipedia',
      granularity: 'all',
      intervals: '1970-01-01/3000-01-01',
      aggregations: [{ type: 'count', name: 'n' }],
    });
    const [bucket] = JSON.parse(answer.text) as [{ result: { n: number } }];
    expect(bucket.result.n).toBeGreaterThanOrEqual(before);
    await above('#total', bucket.result.n);
    await above('#rate', 100);
    for (const tile of ['#editors', '#added']) await above(tile, 100);
    const line = (): Promise<string | null> => page.getAttribute('#chart .line', 'd');
    await expect.poll(line, WAIT).toContain('C');
    const drawn = await line();
    expect(drawn).not.toMatch(/NaN|Infinity/);
    await expect.poll(line, WAIT).not.toBe(drawn);
    for (const list of ['#pages', '#channels']) await page.waitForSelector(`${list} li:nth-child(8)`, WAIT);
    expect(problems).toEqual([]);
  });

  test('every example shows rows, and a broken query says what is wrong', async () => {
    await open('--demo');
    await above('#total', 600);
    const titles = await page.locator('#examples option').allTextContents();
    expect(titles.length).toBeGreaterThan(3);
    for (const title of titles) {
      await page.selectOption('#examples', title);
      await says('#outcome', 'exact at');
      expect(await page.locator('#result tbody tr').count(), title).toBeGreaterThan(0);
      await page.fill('#query', '{}');
      await page.keyboard.press('Control+Enter');
      await says('#outcome', 'type id');
    }
    await page.fill('#query', '{"queryType":"timeseries","dataSource":"wikipedia","intervals":"yesterday"}');
    await page.click('#run');
    await says('#outcome', 'yesterday');
    expect(await page.getAttribute('#outcome', 'data-failed')).not.toBeNull();
    expect(await page.locator('#result tr').count()).toBe(0);
    await page.fill('#query', '{"queryType":');
    await page.click('#run');
    await says('#outcome', 'not valid JSON');
    // The browser itself notes each refused request.
    expect(problems.filter((problem) => !problem.includes('status of 400'))).toEqual([]);
  });

  test('after kill -9 and a restart it goes on by itself', async () => {
    await open('--demo');
    await above('#rate', 0);
    await server.kill();
    await says('#connection', 'lost');
    const before = await number('#total');
    await server.start();
    await says('#connection', 'live');
    expect(await page.isVisible('#live[data-stale]')).toBe(false);
    await above('#total', before + 300);
    await above('#rate', 100);
    // The browser itself notes each attempt to connect that failed.
    expect(problems.filter((problem) => !/ERR_CONNECTION_|WebSocket connection to/.test(problem))).toEqual([]);
  });

  test('without data it says how to send some, and shows it when it comes', async () => {
    await open();
    await page.waitForSelector('#empty', WAIT);
    expect(await text('#push-example')).toContain(`${server.url}/v1/push/my_events`);
    expect(await page.isVisible('#query-panel')).toBe(false);
    const body = JSON.stringify({ timestamp: new Date().toISOString(), page: 'Home', ms: 12 });
    await server.post('/v1/push/my_events', `${body}\n${body}\n`);
    await above('#total', 1);
    expect(await page.inputValue('#data-source')).toBe('my_events');
    expect(await page.isVisible('#empty')).toBe(false);
    await page.click('#run');
    await says('#outcome', '1 row in');
    expect(problems).toEqual([]);
  });

  test('on a telephone nothing is wider than the screen', async () => {
    await page.setViewportSize({ width: 390, height: 800 });
    await open('--demo');
    await page.waitForSelector('#pages li:nth-child(8)', WAIT);
    await page.selectOption('#examples', 'Newest rows');
    await says('#outcome', '20 rows');
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390);
    expect(problems).toEqual([]);
  });
});
