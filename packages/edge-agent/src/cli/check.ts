import { loadConfig } from '../config/load.ts';

/** Prints what would run. A problem is thrown by {@link loadConfig}, in its place. */
export function check(file: string): void {
  const { config } = loadConfig(file);
  const { agent, hub, sources, streams } = config;
  console.log(`${file} is valid.\n`);
  console.log(`agent ${agent.id} at site ${agent.site}, data in ${agent.data}, hub ${hub.url}`);
  for (const [name, source] of Object.entries(sources)) console.log(`source ${name}: ${source.type}`);
  for (const [name, { from, steps }] of Object.entries(streams)) {
    const chain = steps.map((step) => Object.keys(step).join()).join(' → ');
    console.log(`stream ${name}: ${from.join(', ')} → ${chain ? `${chain} → ` : ''}hub`);
  }
}
