import { haveOwnNames, type Step } from '../operators/index.ts';

/** As declared in a configuration. */
export interface StreamDeclaration {
  /** Names of the sources whose samples enter. */
  readonly from: readonly string[];
  readonly steps: readonly Step[];
  /** Put after the site in the path of every series that the stream emits. */
  readonly as?: string | undefined;
}

export interface StreamProblem {
  readonly path: readonly string[];
  readonly message: string;
  readonly hint: string;
}

/**
 * Finds streams that could emit the same series: two that keep names, have a source in common, and say nothing, or the
 * same, with `as`. Windows and others that give results of their own put the stream's name into the path.
 */
export function checkStreams(streams: Readonly<Record<string, StreamDeclaration>>): StreamProblem[] {
  const problems: StreamProblem[] = [];
  const plain = Object.entries(streams).filter(([, { steps }]) => !haveOwnNames(steps));
  plain.forEach(([name, stream], i) => {
    for (const [earlier, other] of plain.slice(0, i)) {
      const shared = stream.from.filter((source) => other.from.includes(source));
      if (shared.length === 0 || stream.as !== other.as) continue;
      problems.push({
        path: ['streams', name, stream.as === undefined ? 'from' : 'as'],
        message: `"${name}" and "${earlier}" would both emit the series of ${shared.join(', ')}`,
        hint: `give one of them another name for its series, such as  as: ${name}`,
      });
    }
  });
  return problems;
}
