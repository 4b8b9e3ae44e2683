import { accessSync, constants } from 'node:fs';
import { Lane } from '@sluis/protocol';
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
    // It only ends what hangs.
    page.setDefaultTimeout(90_000);
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
  /** The page draws when the browser lets it. */
  const shown = (what: () => Promise<string | number | null>) => expect.poll(what);

  test('lists a thousand series by drawing those in sight, and names as text', async () => {
    await until(async () => (await text('#series-count')) === '1001');
    await shown(() => page.locator('.row').count()).toBeLessThan(60);
    await shown(() => page.locator('.row').first().getAttribute('title')).toBe(hostile);
    expect(await page.evaluate(() => 'hacked' in globalThis)).toBe(false);
  });

  test('shows agents', async () => {
    await until(async () => (await text('#agent-list'))?.includes('press-1 · lab'));
    await shown(() => text('#agent-list')).toContain('connected');
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
    await shown(() => page.locator('.row[aria-selected=true]').count()).toBe(1);
    await send(33);
    await until(async () => (await text('.chart .latest')) === '33 °C');
    await page.keyboard.press('Enter');
    await shown(() => page.locator('.chart').count()).toBe(0);
  });

  test('opens with charts of what moves', async () => {
    await page.goto(hub.url);
    await page.reload();
    await page.waitForSelector('.row');
    for (const value of [1, 2, 3]) await send(value);
    await until(async () => (await page.locator('.chart .u-over').count()) === 3);
    await shown(() => page.locator('.row[aria-selected=true]').count()).toBe(3);
  });

  async function showHistory(): Promise<number> {
    const start = Date.UTC(2026, 5, 1) * 1000;
    const rows: Row[] = [];
    for (let i = 0; i < 20_000; i++) {
      if (i < 8_000 || i > 12_000)
        rows.push({ path: 'history/press', time: start + i * 10_000, value: i === 5_000 ? 99 : 20 });
      if (i % 5_000 === 0) rows.push({ path: 'history/state', time: start + i * 10_000, value: `state ${i}` });
    }
    expect(await agent.send(rows)).toBe('stored');
    const gap = { lane: Lane.data, from: 1_000, to: 1_100, samples: 12_345, reason: 'quota' };
    await hub.ingest.report({
      agent: agent.agent,
      epoch: agent.epoch,
      backlogSamples: 0,
      backlogBytes: 0,
      now: time,
      shed: [{ ...gap, firstTime: start + 8_000 * 10_000, lastTime: start + 12_000 * 10_000 }],
    });
    await hub.ingest.problem(agent.agent, 'two agents have this id');
    await page.goto(`${hub.url}/?last=all#history%2Fpress,history%2Fstate`);
    // Each chart asks for itself, and shows what comes live until it has its answer.
    await until(async () => (await page.locator('.chart .gaps').count()) === 2);
    return start;
  }

  test('a chart of the past shows its spike, and what is missing in words; texts are a list of changes', async () => {
    const start = await showHistory();
    const line = page.locator('.chart').first();
    await shown(() => line.locator('.plot').getAttribute('aria-label')).toMatch(/from 20 to 99, 1 gap$/);
    await shown(() => line.locator('.gaps summary').textContent()).toBe('Incomplete: 12,345 samples in 1 gap');
    await shown(() => line.locator('.gaps li').textContent()).toMatch(
      /^12,345 samples given up: the agent's outbox was full, 2026-0.* \(press-1\)$/,
    );
    const box = await line.locator('.u-over').boundingBox();
    const at = async (share: number): Promise<void> =>
      page.mouse.move((box?.x ?? 0) + share * (box?.width ?? 0), (box?.y ?? 0) + 20);
    await at(0.5);
    await shown(() => line.locator('.readout').textContent()).toContain('Missing here: 12,345 samples');
    await at(0.8);
    await shown(() => line.locator('.readout').textContent()).toMatch(/20 °C$/);
    const texts = page.locator('.chart').nth(1).locator('.changes li');
    const states = async () => (await texts.allTextContents()).map((item) => item.replace(/.*state/, 'state')).join();
    await shown(states).toBe('state 15000,state 10000,state 5000,state 0');
    await shown(() => text('#agent-list')).toContain('two agents have this id');
    await shown(() => text('#agent-list .gaps li')).toContain('12,345 samples of lane data given up');
    await until(async () => (await text('#store-text'))?.includes('samples to be put into files'));

    // Dragged from a quarter to a third, where the line is whole.
    await at(0.2);
    await page.mouse.down();
    await at(0.3);
    await page.mouse.up();
    await until(async () => (await text('#range-text')) !== '');
    await until(async () => (await page.locator('.chart').first().locator('.gaps').count()) === 0);
    const address = new URL(page.url()).searchParams;
    expect(Number(address.get('from'))).toBeCloseTo(start + 0.2 * 200e6, -7);
    const link = line.locator('a').first();
    await link.focus();
    await shown(() => link.getAttribute('href')).toBe(
      `/api/v1/samples?series=history%2Fpress&from=${address.get('from')}&to=${address.get('to')}&format=csv`,
    );
    await page.focus('#zoom-out');
    await page.keyboard.press('Enter');
    await until(() => Number(new URL(page.url()).searchParams.get('from')) < Number(address.get('from')));
    await page.focus('[data-last="3600"]');
    await page.keyboard.press('Enter');
    await shown(() => page.getAttribute('[data-last="3600"]', 'aria-pressed')).toBe('true');
    await shown(async () => new URL(page.url()).search).toBe('?last=3600');
  });

  test('complained of nothing and asked no other host', () => {
    expect(complaints).toEqual([]);
  });
});
