import { matchesPath } from '@sluis/plugin-sdk';
import type { Step } from '../operators/index.ts';
import type { Rule } from './warnings.ts';

/** Steps behind which paths may be any. */
const renaming = ['rename', 'group', 'join'];

/** Whether paths are those that came in, with something behind them: they begin with the site. */
export function isRenamed(steps: readonly Step[]): boolean {
  return steps.some((step) => renaming.some((name) => name in step));
}

/** Patterns of steps that no series can have. */
export const patternOffSite: Rule = {
  id: 'pattern-off-site',
  find: ({ config: { agent, streams } }) =>
    Object.entries(streams).flatMap(([stream, { steps }]) =>
      steps.flatMap((step, index) => {
        if (isRenamed(steps.slice(0, index))) return [];
        return patternsOf(step).flatMap(({ path, pattern }) => {
          const [first] = pattern.split('/');
          if (first === '**' || matchesPath(first)(agent.site)) return [];
          return [
            {
              path: ['streams', stream, 'steps', index, ...path],
              message: `"${pattern}" matches no series: every path starts with the site, ${agent.site}/`,
              hint: `write ${agent.site}/${pattern}, or **/${pattern} for any levels before`,
            },
          ];
        });
      }),
    ),
};

/** Streams that give series of different sources one name. */
export const renamedAlike: Rule = {
  id: 'renamed-alike',
  find: ({ config: { streams } }) => {
    const renamed = Object.entries(streams).flatMap(([stream, { as = '', steps }]) => {
      const index = steps.findLastIndex((step) => 'rename' in step);
      if (index === -1 || steps.slice(index + 1).some((step) => !keeps(step))) return [];
      const rules = steps[index].rename as readonly { readonly to: string }[];
      return rules.flatMap(({ to }, rule) =>
        to.includes('{') ? [] : [{ stream, name: `${as}\0${to}`, to, path: [index, 'rename', rule, 'to'] }],
      );
    });
    return renamed.flatMap(({ stream, name, to, path }, i) => {
      const earlier = renamed.slice(0, i).find((other) => other.name === name && other.stream !== stream);
      if (!earlier) return [];
      return [
        {
          path: ['streams', stream, 'steps', ...path],
          message: `"${earlier.stream}" and "${stream}" both give the name ${to}`,
          hint: `of two samples with one name and time only one counts: give one of the streams  as: ${stream}`,
        },
      ];
    });
  },
};

/** Steps that leave out samples, and change neither those that pass nor their names. */
const keeping = ['where', 'select', 'deadband', 'swingingDoor', 'throttle', 'sample'];

/** Whether what passes a step is as it came. */
export function keeps(step: Step): boolean {
  return keeping.some((name) => name in step);
}

interface Written {
  readonly path: readonly PropertyKey[];
  readonly pattern: string;
}

function patternsOf(step: Step): Written[] {
  const [[name, config]] = Object.entries(step);
  switch (name) {
    case 'select':
      return isKeys(config) ? keysOf([name], config, ['series', 'except']) : listOf([name], config);
    case 'convert':
      return isKeys(config) ? keysOf([name], config, ['series']) : [];
    case 'rename':
      return Array.isArray(config) ? config.flatMap((rule, i) => keysOf([name, i], rule, ['from'])) : [];
    case 'group':
      return isKeys(config) ? keysOf([name], config, ['by']) : [];
    case 'join':
      return isKeys(config) ? keysOf([name], config, ['left', 'right']) : [];
    default:
      return [];
  }
}

function isKeys(config: unknown): config is Readonly<Record<string, unknown>> {
  return typeof config === 'object' && config !== null && !Array.isArray(config);
}

function keysOf(
  path: readonly PropertyKey[],
  config: Readonly<Record<string, unknown>>,
  keys: readonly string[],
): Written[] {
  return keys.flatMap((key) => listOf([...path, key], config[key]));
}

function listOf(path: readonly PropertyKey[], patterns: unknown): Written[] {
  if (typeof patterns === 'string') return [{ path, pattern: patterns }];
  return Array.isArray(patterns) ? patterns.flatMap((one, i) => listOf([...path, i], one)) : [];
}
