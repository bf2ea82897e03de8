import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { chromiumPath, faultsOf, startChromium } from '../support/chromium.js';
import { freePort, MillraceProcess } from '../support/millrace-process.js';
import { createTopic, produce, requireService } from '../support/services.js';

const WAIT = { timeout: 60_000 };
const kafka = await requireService('kafka');

describe.skipIf(chromiumPath === undefined || !kafka.available)('the console with a Kafka broker', () => {
  let browser: Browser;
  let directory: string;
  let server: MillraceProcess;
  let page: Page;

  beforeAll(async () => {
    browser = await startChromium();
  });
  afterAll(() => browser.close());

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'millrace-console-kafka-'));
    server = new MillraceProcess({ port: await freePort(), args: ['--data-dir', directory] });
    await server.start();
    page = await browser.newPage();
    await page.goto(`${server.url}/#/ingestion`);
    await page.waitForSelector('h1', WAIT);
  });

  afterEach(async () => {
    await page.close();
    await server.kill();
    await rm(directory, { recursive: true, force: true });
  });

  const says = (selector: string, part: string): Promise<void> =>
    expect.poll(async () => (await page.textContent(selector)) ?? '', WAIT).toContain(part);

  const count = async (dataSource: string): Promise<string> => {
    const query = `SELECT COUNT(*) AS n, SUM(amount) AS s FROM "${dataSource}"`;
    return (await server.post('/druid/v2/sql', { query })).text;
  };

  test('a topic is sampled, read, suspended, resumed, read anew, and its supervisor ended', async () => {
    if (!kafka.available) return;
    const topic = await createTopic(kafka, { partitions: 2 });
    const sales = (from: number, to: number): { value: string; partition: number }[] =>
      Array.from({ length: to - from }, (_, i) => ({
        value: JSON.stringify({ when: '2026-03-01T10:00:00Z', city: `city ${i % 7}`, amount: from + i }),
        partition: i % 2,
      }));
    await produce(kafka, topic, sales(0, 100));
    await page.click('text=Load data');
    await page.fill('.load input >> nth=1', kafka.brokers.join());
    await page.fill('.load input >> nth=2', topic);
    await page.click('text=Sample the topic');
    await says('.load table', 'city 6');
    expect(await page.inputValue('[aria-label="Type of amount"]')).toBe('long');
    expect(await faultsOf(page)).toEqual([]);
    await page.fill('.load input', 'sales');
    await page.click('.load button.primary');
    await expect.poll(() => count('sales'), WAIT).toContain('"n":100,"s":4950');
    await page.click('.load >> text=Close');
    await says('.supervisor .badge', 'running');
    await says('.supervisor', `kafka topic ${topic}`);
    await says('[data-figure=lag] dd', '0');
    await page.click('text=Partitions, errors');
    await expect.poll(() => page.locator('.details tbody tr').count(), WAIT).toBe(2);
    expect(await faultsOf(page)).toEqual([]);
    await page.click('text=Suspend');
    await says('.supervisor .badge', 'suspended');
    await produce(kafka, topic, sales(100, 200));
    await page.click('text=Resume');
    await says('.supervisor .badge', 'running');
    await expect.poll(() => count('sales'), WAIT).toContain('"n":200,"s":19900');
    await page.click('text=Reset');
    await page.click('text=Forget the offsets, read anew');
    // What was stored when it was suspended stays; what was not yet is dropped, and the topic is read again from its beginning.
    await expect.poll(() => count('sales'), WAIT).toContain('"n":300,"s":24850');
    await page.click('text=Terminate');
    await page.click('text=End this supervisor');
    await expect.poll(() => page.locator('.supervisor').count(), WAIT).toBe(0);
    // What was read is stored by the tasks that end.
    await expect.poll(() => count('sales'), WAIT).toContain('"n":300,"s":24850');
  });

  test('a broker that nobody answers at is told in words', async () => {
    await page.click('text=Load data');
    await page.fill('.load input >> nth=1', '127.0.0.1:1');
    await page.fill('.load input >> nth=2', 'nowhere');
    await page.click('text=Sample the topic');
    await says('.load [role=alert]', '127.0.0.1:1');
  });
});
