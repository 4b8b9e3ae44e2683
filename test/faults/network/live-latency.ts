import { setTimeout as pause } from 'node:timers/promises';
import type { Site } from '../../e2e/site.ts';
import { quantile } from '../outcome.ts';

const POLL_MS = 10;
const REST_MS = 50;
/** What has been acknowledged and is not found by then is lost, or as good as. */
const WITHIN_MS = 120_000;

let probes = 0;

/**
 * How long in ms a sample takes from its acknowledgement at the agent until a query finds it, probed one after another until a time.
 * @throws Error one is not found for {@link WITHIN_MS}
 */
export async function liveLatency(
  site: Site,
  until: number,
): Promise<{ p50: number; p99: number; most: number; count: number }> {
  const tag = `probe-${probes++}`;
  const took: number[] = [];
  let last = 0;
  while (performance.now() < until) {
    last = Math.max(last + 1, Date.now());
    if (!(await isTaken(site, `live,m=${tag} value=1 ${last}000000`))) continue;
    const began = performance.now();
    while (!(await isStored(site, `lab/${tag}/live`, last * 1000))) {
      if (performance.now() - began > WITHIN_MS)
        throw new Error(`the probe at ${last} was acknowledged and is not found`);
      await pause(POLL_MS);
    }
    took.push(performance.now() - began);
    await pause(REST_MS);
  }
  took.sort((a, b) => a - b);
  return {
    p50: quantile(took, 0.5),
    p99: quantile(took, 0.99),
    most: quantile(took, 1),
    count: took.length,
  };
}

async function isTaken(site: Site, line: string): Promise<boolean> {
  try {
    const response = await site.write(line);
    await response.arrayBuffer();
    return response.ok;
  } catch {
    // The line is in trouble; that is what is measured.
    return false;
  }
}

async function isStored(site: Site, series: string, from: number): Promise<boolean> {
  const response = await site.api.get('/api/v1/samples', { series, from: String(from), format: 'csv' });
  const text = await response.text();
  return response.ok && text.trimEnd().includes('\n');
}
