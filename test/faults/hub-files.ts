import { readdirSync } from 'node:fs';
import { join } from 'node:path';

export interface HubFiles {
  /** Written from hot tables or other files over all lives of the hub: a file's number is given once. */
  readonly made: number;
  /** Of those that there are, and count: merged ones. */
  readonly merged: number;
}

/** @throws what `fetch` says where the hub does not answer */
export async function hubFiles(hubUrl: string, hubData: string): Promise<HubFiles> {
  const names = readdirSync(join(hubData, 'samples'));
  const numbers = names.map((name) => Number(/^(\d+)\.parquet$/.exec(name)?.[1] ?? 0));
  const metrics = await (await fetch(`${hubUrl}/metrics`)).text();
  const tiers = [...metrics.matchAll(/^sluis_hub_tier_files\{tier="(\d+)"\} (\d+)$/gm)];
  const merged = tiers.reduce((sum, [, tier, files]) => sum + (Number(tier) > 0 ? Number(files) : 0), 0);
  return { made: Math.max(0, ...numbers), merged };
}
