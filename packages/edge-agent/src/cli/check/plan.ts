import { namesOf } from '@sluis/plugin-sdk';
import { stringify } from 'yaml';
import type { LoadedConfig } from '../../config/load.ts';
import { operatorOf, type Step } from '../../operators/index.ts';
import type { WindowConfig } from '../../operators/window/config.ts';
import { outlineOf } from '../../sources/index.ts';

/** What would run. */
export interface Plan {
  readonly agent: { readonly id: string; readonly site: string; readonly data: string };
  readonly sources: Readonly<
    Record<string, { readonly type: string; readonly from: string; readonly series: readonly string[] }>
  >;
  readonly streams: Readonly<
    Record<
      string,
      { readonly from: readonly string[]; readonly steps: readonly string[]; readonly series: readonly string[] }
    >
  >;
  readonly hub: string;
}

/** Series are patterns: `*` is one level, `**` any number of them, and the paths of a source that only its data tells are `**`. */
export function planOf({ config, written }: Pick<LoadedConfig, 'config' | 'written'>): Plan {
  const { agent, hub, sources, streams } = config;
  const outlines = Object.entries(sources).map(([name, source]) => {
    const { from, paths = ['**'] } = outlineOf(source);
    return [name, { type: source.type, from, series: paths.map((path) => `${agent.site}/${path}`) }] as const;
  });
  const ofSource = Object.fromEntries(outlines);
  return {
    agent: { id: agent.id, site: agent.site, data: agent.data },
    sources: ofSource,
    streams: Object.fromEntries(
      Object.entries(streams).map(([name, { from, steps, as }]) => {
        const series = from
          .flatMap((source) => ofSource[source].series)
          .map((path) => {
            const renamed = as === undefined ? path : path.replace(agent.site, () => `${agent.site}/${as}`);
            return steps.reduce((inner, step) => emitted(step, inner, name), renamed);
          });
        return [name, { from, steps: writtenSteps(written, name), series: [...new Set(series)] }];
      }),
    ),
    hub: hub.url,
  };
}

/** What a step makes of series: of results that their operator alone can name, that they are of this stream. */
function emitted(step: Step, path: string, stream: string): string {
  if ('window' in step) return `${path}/${stream}/${oneOf((step.window as WindowConfig).aggregate)}`;
  const { operator, config } = operatorOf(step);
  const names = namesOf(operator, config);
  if (names === 'kept') return path;
  // A group has a path of its own.
  return names === 'chosen' ? '**' : `${'group' in step ? '**' : path}/${stream}/**`;
}

function oneOf(names: readonly string[]): string {
  return names.length === 1 ? names[0] : `{${names.join(',')}}`;
}

/** Steps as they stand in the file, each in one line. */
function writtenSteps(written: unknown, stream: string): string[] {
  const steps = ['streams', stream, 'steps'].reduce<unknown>(
    (value, key) => (typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined),
    written,
  );
  if (!Array.isArray(steps)) return [];
  return steps.flatMap((step: object) => Object.entries(step).map(([name, config]) => `${name} ${inOneLine(config)}`));
}

function inOneLine(config: unknown): string {
  if (typeof config === 'string') return config.replace(/\s+/g, ' ').trim();
  return stringify(config, { collectionStyle: 'flow', lineWidth: 0 }).trim();
}
