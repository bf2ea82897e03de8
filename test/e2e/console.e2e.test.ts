import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tableFromIPC } from 'apache-arrow';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { chromiumPath, faultsOf, startChromium } from '../support/chromium.js';
import { freePort, MillraceProcess } from '../support/millrace-process.js';

const WAIT = { timeout: 60_000 };

describe.skipIf(chromiumPath === undefined)('the page of a server', () => {
  let browser: Browser;
  let directory: string;
  let server: MillraceProcess;
  let page: Page;
  let problems: string[];

  beforeAll(async () => {
    browser = await startChromium();
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

  /** Opens a page of the console by its hash. */
  async function go(hash: string): Promise<void> {
    await page.goto(`${server.url}/#/${hash}`);
    await page.waitForSelector('h1', WAIT);
  }

  const faults = (): Promise<string[]> => faultsOf(page);

  test('home: numbers, chart and lists move, and the rows are those of a query', async () => {
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
    await expect.poll(() => text('#vital-ingestion'), WAIT).toMatch(/^\d{2,}\/s$/);
    await says('#vital-memory', 'MiB');
    for (const list of ['top-channel', 'top-page']) {
      await page.waitForSelector(`[data-tile=${list}] li:nth-child(8)`, WAIT);
    }
    await page.waitForSelector('[data-tile=per-second] canvas', WAIT);
    const last = (): Promise<string> => text('[data-tile=per-second] .keys .value');
    const drawn = await last();
    await expect.poll(last, WAIT).not.toBe(drawn);
    expect(await faults()).toEqual([]);
    expect(problems).toEqual([]);
  });

  test('query: every example shows rows, as a table, as a chart and as a file', async () => {
    await open('--demo');
    await above('#total', 600);
    await go('query');
    await page.waitForSelector('#examples option:nth-child(5)', { ...WAIT, state: 'attached' });
    const titles = (await page.locator('#examples option').allTextContents()).slice(1);
    for (const title of titles) {
      await page.selectOption('#examples', title);
      await page.click('#run');
      await says('#outcome', 'exact at');
      expect(await page.locator('.grid tbody td').count(), title).toBeGreaterThan(0);
      await page.fill('.cm-content', '{}');
      await page.keyboard.press('Control+Enter');
      await page.waitForSelector('#outcome[data-kind=error]', WAIT);
    }
    await page.selectOption('#examples', 'Events per minute');
    await page.click('#run');
    await says('#outcome', 'exact at');
    expect(await faults()).toEqual([]);
    await page.click('text=Chart');
    await page.waitForSelector('.results canvas, .results .bars li', WAIT);
    for (const [format, start] of [
      ['CSV', 'minute,events'],
      ['JSON', '[{"minute":'],
    ] as const) {
      const [download] = await Promise.all([page.waitForEvent('download'), page.click(`text=${format} ↓`)]);
      expect((await readFile(await download.path(), 'utf8')).slice(0, start.length)).toBe(start);
    }
    const [download] = await Promise.all([page.waitForEvent('download'), page.click('text=Arrow ↓')]);
    const table = tableFromIPC(await readFile(await download.path()));
    expect(table.schema.fields.map((field) => field.name)).toEqual(['minute', 'events']);
    expect(table.numRows).toBeGreaterThan(0);
    // The browser itself notes each refused request.
    expect(problems.filter((problem) => !problem.includes('status of 400'))).toEqual([]);
  });

  test('query: what is wrong is said, what was run is kept, and a plan is a tree with what each step did', async () => {
    await open('--demo');
    await above('#total', 600);
    await go('query');
    await page.fill('.cm-content', 'SELECT nothing FROM nowhere');
    await page.keyboard.press('Control+Enter');
    await says('.results [role=alert]', 'nowhere');
    await page.click('text=Native');
    await page.fill('.cm-content', '{"queryType":');
    await page.click('#run');
    await says('.results [role=alert]', 'not valid JSON');
    await page.click('text=History');
    await page.click('.history button:has-text("nowhere")');
    await says('.cm-content', 'SELECT nothing');
    // By keys: text that the browser itself puts in place of colored text keeps that color.
    await page.click('.cm-content');
    await page.keyboard.press('Control+a');
    await page.keyboard.press('Delete');
    await page.keyboard.insertText(
      'SELECT c, MAX(n) FROM (SELECT channel c, page, COUNT(*) n FROM wikipedia GROUP BY 1, 2) GROUP BY 1',
    );
    await page.click('text=Explain');
    await expect.poll(() => page.locator('.plan .badge:has-text("rows")').count(), WAIT).toBe(2);
    expect(await text('.plan')).toContain('table wikipedia');
    expect(await text('.plan')).toMatch(/\d+ of \d+ segments|no segments yet/);
    expect(await text('.plan')).toMatch(/\d+ of \d+ blocks/);
    expect(await faults()).toEqual([]);
    expect(problems.filter((problem) => !problem.includes('status of 400'))).toEqual([]);
  });

  test('query: a query that runs is canceled, at the server too', async () => {
    await open('--demo');
    await above('#total', 0);
    await go('query');
    // The answer is held back, so that the query still runs when it is canceled.
    let release = (): void => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    await page.route('**/druid/v2/sql', async (route) => {
      if (route.request().postData()?.includes('sqlOuterLimit') === true) await held;
      await route.continue().catch(() => undefined);
    });
    await page.fill('.cm-content', 'SELECT COUNT(*) FROM wikipedia');
    await page.click('#run');
    await page.waitForSelector('#outcome[data-kind=running]', WAIT);
    const [told] = await Promise.all([
      page.waitForRequest((request) => request.method() === 'DELETE', WAIT),
      page.keyboard.press('Escape'),
    ]);
    expect(told.url()).toMatch(/\/druid\/v2\/sql\/[\w-]+$/);
    await says('#outcome', 'Canceled');
    release();
    await page.unrouteAll({ behavior: 'wait' });
    await page.click('#run');
    await says('#outcome', '1 row in');
    // The server did not know the query, which had not come to it.
    expect(problems.filter((problem) => !problem.includes('status of 404'))).toEqual([]);
  });

  test('explore: a click filters, splits, compares, and the address brings it all back', async () => {
    await open('--demo');
    await above('#total', 600);
    await go('explore');
    await above('#explore-total', 100);
    await page.waitForSelector('.explore canvas', WAIT);
    const all = await number('#explore-total');
    const [name] = await page.locator('.split .name').allTextContents();
    expect(name).toBe('#en.wikipedia');
    await page.click('.split .name >> nth=0');
    await expect.poll(() => page.locator('.split tbody tr').count(), WAIT).toBe(1);
    expect(await number('#explore-total')).toBeLessThan(all);
    await page.click('.dimension-name:text-is("page")');
    await says('.values h2', 'page');
    await page.selectOption('#measure', 'Sum of added');
    await says('.charts h2', 'Sum of added');
    await page.click('[aria-label="Then by isRobot"]');
    await page.waitForSelector('.split tr[data-depth="1"]', WAIT);
    await page.selectOption('#add-measure', 'Events');
    await page.waitForSelector('.split thead th:nth-child(3):has-text("Events")', WAIT);
    await page.waitForSelector('.charts .chart:nth-of-type(3) canvas', WAIT);
    await page.fill('.split-search input', 'SIEGE OF');
    await expect
      .poll(async () => {
        const shown = await page.locator('.split tr[data-depth="0"] .name').allTextContents();
        return shown.length > 1 && shown.every((one) => one.startsWith('Siege of'));
      }, WAIT)
      .toBe(true);
    await page.press('.split-search input', 'Enter');
    await page.waitForSelector('.chip:has-text("page with “SIEGE OF”")', WAIT);
    await page.selectOption('#step', 'PT5M');
    await page.click('text=Compare with the period before');
    await page.waitForSelector('.split .change', WAIT);
    await page.click('text=Bars');
    expect(await faults()).toEqual([]);
    const address = page.url();
    await go('home');
    await page.goto(address);
    await page.waitForSelector('.chip:has-text("#en.wikipedia")', WAIT);
    expect(await page.inputValue('#measure')).toBe('Sum of added');
    expect(await page.inputValue('#step')).toBe('PT5M');
    await page.click('text=Clear');
    await expect.poll(() => page.locator('[aria-label=Filters] .chip').count(), WAIT).toBe(0);
    expect(problems).toEqual([]);
  });

  test('dashboards: the demo has one that moves; tiles are added, kept, and shared by an address', async () => {
    await open('--demo');
    await above('#total', 600);
    await go('dashboards');
    await above('[data-tile=number-edits] .tile-number', 100);
    await page.waitForSelector('[data-tile=people-and-robots] canvas', WAIT);
    await page.waitForSelector('[data-tile=countries] li:nth-child(8)', WAIT);
    await page.waitForSelector('[data-tile=pages] tbody tr:nth-child(7)', WAIT);
    const edits = await number('[data-tile=number-edits] .tile-number');
    await above('[data-tile=number-edits] .tile-number', edits);
    expect(await faults()).toEqual([]);
    await page.click('text=New');
    await page.click('text=Add tile');
    await page.fill('dialog input', 'My tile');
    await page.click('dialog >> text=Number');
    await page.fill('dialog textarea', 'SELECT COUNT(*) FROM nowhere');
    await page.click('dialog >> text=Try');
    await says('dialog .error-note', 'nowhere');
    await page.fill('dialog textarea', 'SELECT COUNT(*) AS n FROM wikipedia');
    await page.click('dialog >> text=Try');
    await above('dialog .tile-number', 600);
    expect(await faults()).toEqual([]);
    await page.click('dialog >> text=Keep');
    await above('.tiles .tile-number', 600);
    await page.click('text=Share');
    const address = await page.inputValue('.share-address');
    await page.reload();
    expect(await page.inputValue('#dashboard')).toBe('Dashboard 1');
    await above('.tiles .tile-number', 600);
    // Somebody else's browser knows nothing but the address.
    const other = await browser.newContext();
    const visitor = await other.newPage();
    await visitor.goto(address);
    await visitor.waitForSelector('.tile:has-text("My tile") .tile-number', WAIT);
    await visitor.click('text=Save here');
    await expect.poll(() => visitor.inputValue('#dashboard'), WAIT).toBe('Dashboard 1');
    await other.close();
    expect(problems).toEqual([]);
  });

  test('ingestion: a supervisor stops and goes on, and what it could not read is shown and read again', async () => {
    await open();
    const time = new Date().toISOString();
    await server.post('/v1/push/shop', `{"timestamp":"${time}","ms":1}\nnot json\n`);
    await go('ingestion');
    await says('[data-figure=unparseable] dd', '1');
    await says('[data-figure=lag] dd', '0');
    await page.click('text=Partitions, errors');
    await says('.details tbody tr td >> nth=1', '2');
    expect(await faults()).toEqual([]);
    await page.click('.details >> text=Dead letters');
    await says('.letters', 'not json');
    await says('.letters .reason', 'Unable to parse row');
    expect(await faults()).toEqual([]);
    await page.click('text=Replay all');
    await says('.details [role=status]', 'reads them again');
    await page.click('text=Suspend');
    await says('.supervisor .badge', 'suspended');
    await page.click('text=Resume');
    await says('.supervisor .badge', 'running');
    expect(problems).toEqual([]);
  });

  test('load data: a dropped file is sampled, previewed, loaded, and can be queried', async () => {
    await open();
    await go('ingestion');
    await page.click('text=Load data');
    const lines = Array.from({ length: 500 }, (_, i) => `2026-03-0${(i % 9) + 1}T10:00:00Z,city ${i % 7},${i}`);
    await page.setInputFiles('input[type=file]', {
      name: 'city sales.csv',
      mimeType: 'text/csv',
      buffer: Buffer.from(`when,city,amount\n${lines.join('\n')}\n`),
    });
    await says('.load table', 'city 6');
    expect(await page.inputValue('.load input')).toBe('city_sales');
    expect(await page.inputValue('[aria-label="Type of amount"]')).toBe('long');
    expect(await faults()).toEqual([]);
    await page.selectOption('[aria-label="Type of amount"]', 'double');
    await expect.poll(() => page.inputValue('[aria-label="Type of amount"]'), WAIT).toBe('double');
    await page.click('.load button.primary');
    await page.waitForSelector('#load-progress[data-status=SUCCESS]', WAIT);
    const count = async (): Promise<string> =>
      (await server.post('/druid/v2/sql', { query: 'SELECT COUNT(*) AS n, SUM(amount) AS s FROM city_sales' })).text;
    await expect.poll(count, WAIT).toContain('"n":500,"s":124750');
    await page.click('text=Query city_sales');
    await says('.cm-content', 'city_sales');
    // The answers that are asked for before the load is known are 400.
    expect(problems.filter((problem) => !problem.includes('status of 400'))).toEqual([]);
  });

  test('segments and services: what is stored, who serves it, and what is configured', async () => {
    await open();
    const lines = Array.from({ length: 300 }, (_, i) => `{"t":"2026-03-0${(i % 3) + 1}T10:00:00Z","city":"c${i % 7}"}`);
    const { task } = JSON.parse(
      (
        await server.post('/druid/indexer/v1/task', {
          type: 'index_parallel',
          spec: {
            dataSchema: {
              dataSource: 'cities',
              timestampSpec: { column: 't', format: 'iso' },
              dimensionsSpec: { dimensions: ['city'] },
              granularitySpec: { segmentGranularity: 'day', rollup: false },
            },
            ioConfig: {
              type: 'index_parallel',
              inputSource: { type: 'inline', data: lines.join('\n') },
              inputFormat: { type: 'json' },
            },
          },
        })
      ).text,
    ) as { task: string };
    await go('services');
    await says('[aria-label=Services]', 'historical');
    await page.click('.tabs >> text=Tasks');
    await says('.tasks', task);
    await says('.tasks .badge', 'success');
    await page.click('.task-name');
    await says('.code-block', 'ingestionStatsAndErrors');
    expect(await faults()).toEqual([]);
    await page.click('.tabs >> text=Lookups');
    await page.click('text=Add lookup');
    await page.fill('.lookup-form input', 'names');
    await page.fill('.lookup-form textarea', 'c1=Rome\nc2 = Oslo');
    await page.click('text=Save lookup');
    await says('.lookups', '"c2": "Oslo"');
    await page.click('text=Delete');
    await page.click('text=Delete this lookup');
    await expect.poll(() => page.locator('.lookups li').count(), WAIT).toBe(0);
    await page.click('.tabs >> text=Retention');
    await page.click('[data-rules=cities] >> text=Edit');
    await page.fill('[data-rules=cities] textarea', '[{"type":"loadByPeriod","period":"P100Y"}');
    await page.click('text=Save');
    await says('[data-rules=cities] [role=alert]', 'not valid JSON');
    await page.fill(
      '[data-rules=cities] textarea',
      '[{"type":"loadByPeriod","period":"P100Y","tieredReplicants":{"_default_tier":1}}]',
    );
    await page.click('text=Save');
    await says('[data-rules=cities] .rules', 'Keep the last P100Y, 1 replica in _default_tier');
    expect(await faults()).toEqual([]);
    await go('segments');
    await says('.source', '300 rows');
    await expect.poll(() => page.locator('.timeline button').count(), WAIT).toBe(3);
    await page.click('.timeline button >> nth=0');
    await page.waitForSelector('.intervals .segment:has-text("partition 0")', WAIT);
    await says('.columns', 'c0 – c6');
    await says('.columns', 'dictionary, 8-bit ids');
    expect(await faults()).toEqual([]);
    expect(problems.filter((problem) => !/status of 4/.test(problem))).toEqual([]);
  });

  test('keys open pages and the list of keys, and names complete', async () => {
    await open('--demo');
    await above('#total', 0);
    await page.keyboard.press('g');
    await page.keyboard.press('q');
    await expect.poll(() => text('h1'), WAIT).toBe('Query');
    await page.keyboard.press('?');
    await page.waitForSelector('dialog[open] >> text=Open Home', WAIT);
    await page.keyboard.press('Escape');
    await page.waitForSelector('.cm-content', WAIT);
    await page.waitForSelector('#examples option:nth-child(5)', { ...WAIT, state: 'attached' });
    await page.keyboard.press('/');
    await page.keyboard.press('Control+a');
    await page.keyboard.type('SELECT * FROM wikip');
    await page.waitForSelector('.cm-tooltip-autocomplete >> text=wikipedia', WAIT);
    expect(problems).toEqual([]);
  });

  test('after kill -9 and a restart it goes on by itself', async () => {
    await open('--demo');
    await above('#total', 0);
    await server.kill();
    await says('#connection', 'lost');
    const before = await number('#total');
    await server.start();
    await says('#connection', 'live');
    await above('#total', before + 300);
    await expect.poll(() => text('#vital-ingestion'), WAIT).toMatch(/^\d{2,}\/s$/);
    expect(await page.locator('[data-stale]').count()).toBe(0);
    // The browser itself notes each attempt to connect that failed, and each answer of a server that has just begun.
    expect(problems.filter((problem) => !/ERR_CONNECTION_|WebSocket connection to|status of/.test(problem))).toEqual(
      [],
    );
  });

  test('without data it says how to send some, and shows it when it comes', async () => {
    await open();
    await page.waitForSelector('#empty', WAIT);
    expect(await text('#push-example')).toContain(`${server.url}/v1/push/my_events`);
    const body = JSON.stringify({ timestamp: new Date().toISOString(), page: 'Home', ms: 12 });
    await server.post('/v1/push/my_events', `${body}\n${body}\n`);
    await above('#total', 1);
    expect(await page.inputValue('#data-source')).toBe('my_events');
    expect(await page.isVisible('#empty')).toBe(false);
    expect(problems).toEqual([]);
  });

  test('on a telephone no page is wider than the screen', async () => {
    await page.setViewportSize({ width: 390, height: 800 });
    await open('--demo');
    await page.waitForSelector('[data-tile=top-page] li:nth-child(8)', WAIT);
    const hrefs = "[...document.querySelectorAll('nav a')].map((link) => link.getAttribute('href'))";
    const links = (await page.evaluate(hrefs)) as string[];
    expect(links.length).toBeGreaterThan(1);
    for (const link of links) {
      await go(link.slice(2));
      expect(await page.evaluate('document.documentElement.scrollWidth'), link).toBe(390);
      expect(await faults(), link).toEqual([]);
    }
    expect(problems).toEqual([]);
  });
});
