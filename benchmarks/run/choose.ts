import { nearest, UserError } from '@sluis/runtime';
import type { Scenario } from '../scenario.ts';
import { scenarios } from '../scenarios/index.ts';

/** What a name stands for, or why it cannot even be loaded. */
export type Chosen = { readonly name: string } & ({ readonly scenario: Scenario } | { readonly broken: string });

/** The named scenarios in their order in the table; without names, all that are not run only by name. */
export async function choose(names: readonly string[]): Promise<Chosen[]> {
  const known = scenarios.map(({ name }) => name);
  for (const name of names) {
    if (known.includes(name)) continue;
    const meant = nearest(name, known);
    throw new UserError({
      what: `there is no scenario "${name}"`,
      hint: meant === undefined ? `there are ${known.join(', ')}` : `did you mean "${meant}"?`,
    });
  }
  const chosen = await loadAll(names.length > 0 ? scenarios.filter(({ name }) => names.includes(name)) : scenarios);
  return chosen.filter((one) => names.length > 0 || !('scenario' in one && one.scenario.onlyByName));
}

/** All that there are, each with what it measures. */
export async function listOf(): Promise<string> {
  const all = await loadAll(scenarios);
  const width = Math.max(...all.map(({ name }) => name.length));
  return all
    .map((one) => {
      const text = 'broken' in one ? `cannot be loaded: ${one.broken}` : described(one.scenario);
      return `  ${one.name.padEnd(width)}  ${text}\n`;
    })
    .join('');
}

function loadAll(entries: typeof scenarios): Promise<Chosen[]> {
  return Promise.all(
    entries.map(async ({ name, load }) => {
      try {
        return { name, scenario: await load() };
      } catch (error) {
        return { name, broken: error instanceof Error ? (error.stack ?? error.message) : String(error) };
      }
    }),
  );
}

function described({ about, seconds, onlyByName }: Scenario): string {
  return `${about} (${seconds} s${onlyByName ? ', only by its name' : ''})`;
}
