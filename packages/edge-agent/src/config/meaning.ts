import { nearest } from '@sluis/runtime';
import { checkStreams } from '../streams/check-streams.ts';
import { hubAddress } from './hub-address.ts';
import type { AgentConfig } from './schema.ts';

type Declared = Omit<AgentConfig, 'folder'>;

/** Something that each value allows by itself and all together do not. */
export interface MeaningProblem {
  readonly path: readonly string[];
  readonly message: string;
  readonly hint?: string;
}

export function checkMeaning(config: Declared): MeaningProblem[] {
  return [...checkHub(config), ...checkJournal(config), ...checkSourceNames(config), ...checkStreams(config.streams)];
}

function checkHub({ hub }: Declared): MeaningProblem[] {
  const parsed = hubAddress(hub.url);
  return 'address' in parsed ? [] : [{ path: ['hub', 'url'], ...parsed }];
}

function checkJournal({ journal: { quota, hardQuota = quota } }: Declared): MeaningProblem[] {
  if (hardQuota >= quota) return [];
  const message = 'intake would stop before the quota is reached';
  return [{ path: ['journal', 'hardQuota'], message, hint: 'give it at least the size of journal.quota' }];
}

function checkSourceNames({ sources, streams }: Declared): MeaningProblem[] {
  const known = Object.keys(sources);
  return Object.entries(streams).flatMap(([stream, { from }]) =>
    from
      .filter((source) => !known.includes(source))
      .map((source) => {
        const meant = nearest(source, known);
        const hint = meant ? `did you mean "${meant}"?` : `sources are: ${known.join(', ') || 'none'}`;
        return { path: ['streams', stream, 'from'], message: `there is no source "${source}"`, hint };
      }),
  );
}
