import { accessSync, constants } from 'node:fs';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Row, TestAgent } from '../../test/test-agent.ts';
import { type TemporaryStore, temporaryStore, until } from '../../test/temporary-store.ts';

const candidates = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const executablePath = candidates.find((file) => file !== undefined && isExecutable(file));
const missing = executablePath === undefined && 'no Chromium is installed: set CHROMIUM to one';
if (missing && process.env.CI === 'true') throw new Error(missing);
if (missing) console.warn(`skipped: ${missing}`);

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

const hostile = 'lab/<img src=x onerror="window.hacked=1">/"><script>window.hacked=1</script>';
const paths = [hostile, ...Array.from({ length: 1000 }, (_, i) => `lab/press-${i % 20}/temperature/${i}`)];

describe.skipIf(missing)('the page', () => {
  let hub: TemporaryStore;
  let agent: TestAgent;
  let browser: Browser;
  let page: Page;
  const complaints: string[] = [];
  let time = Date.UTC(2026, 0, 1) * 1000;

  beforeAll(async () => {
    hub = await temporaryStore();
    agent = new TestAgent({ ingest: hub.ingest });
    await agent.open();
    await hub.ingest.connected(agent.agent, true, time);
    await send(20);
    browser = await chromium.launch({
      executablePath,
      args: [
        '--headless',
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    });
    page = await browser.newPage();
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('request', (request) => {
      if (!request.url().startsWith(hub.url)) complaints.push(`a request to another host: ${request.url()}`);
    });
    await page.goto(hub.url);
    await page.waitForSelector('.row');
  });

  afterAll(async () => {
    await browser?.close();
    await hub?.[Symbol.asyncDispose]();
  });

  async function send(value: number): Promise<void> {
    time += 1_000_000;
    const rows: Row[] = paths.map((path) => ({ path, time, value }));
    expect(await agent.send(rows)).toBe('stored');
  }

  const text = (selector: string) => page.textContent(selector);

  test('lists a thousand series by drawing those in sight, and names as text', async () => {
    await until(async () => (await text('#series-count')) === '1001');
    expect(await page.locator('.row').count()).toBeLessThan(60);
    expect(await page.locator('.row').first().getAttribute('title')).toBe(hostile);
    expect(await page.evaluate(() => 'hacked' in globalThis)).toBe(false);
  });

  test('shows agents', async () => {
    await until(async () => (await text('#agent-list'))?.includes('press-1 · lab'));
    expect(await text('#agent-list')).toContain('connected');
  });

  test('shows a new value while it is stored', async () => {
    await send(21.5);
    await until(async () => (await text('.row .number')) === '21.5');
  });

  test('filters, and opens and closes charts by keyboard', async () => {
    await page.fill('#search', 'press-7 temperature/7');
    await until(async () => (await text('#series-count'))?.startsWith('6 of 1001'));
    await page.focus('#series-list');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Space');
    const opened = await until(() => text('.chart h3'));
    expect(opened).toMatch(/^lab\/press-7\/temperature\/7\d\d$/);
    await page.waitForSelector('.chart .u-over');
    expect(await page.locator('.row[aria-selected=true]').count()).toBe(1);
    await send(33);
    await until(async () => (await text('.chart .latest')) === '33 °C');
    await page.keyboard.press('Enter');
    expect(await page.locator('.chart').count()).toBe(0);
  });

  test('opens with charts of what moves', async () => {
    await page.goto(hub.url);
    await page.reload();
    await page.waitForSelector('.row');
    for (const value of [1, 2, 3]) await send(value);
    await until(async () => (await page.locator('.chart .u-over').count()) === 3);
    expect(await page.locator('.row[aria-selected=true]').count()).toBe(3);
  });

  test('complained of nothing and asked no other host', () => {
    expect(complaints).toEqual([]);
  });
});
