import type { z } from 'zod';
import type { builtIn } from '../../operators/index.ts';

type BuiltIn = typeof builtIn;
type Only<Key extends string, Value> = { readonly [Own in Key]: Value } & {
  readonly [Other in Exclude<keyof BuiltIn | 'use', Key>]?: never;
};

/** One operator and its configuration: `{ deadband: 0.05 }`. */
export type StepDefinition =
  | { [Name in keyof BuiltIn]: Only<Name, z.input<BuiltIn[Name]['config']>> }[keyof BuiltIn]
  | UseDefinition;

/** An operator from outside, as `./plugins/smooth`. The agent refuses it for now: it runs in the test kit and with `sluis-plugin`. */
export type UseDefinition = Only<'use', string> & { readonly with?: unknown };

export interface StreamDefinition {
  /** Sources whose samples enter, by their names in agent.yaml. */
  readonly from: string | readonly string[];
  /** Operators, in order. */
  readonly steps?: readonly StepDefinition[];
  /** Put after the site in the path of every series that the stream emits. */
  readonly as?: string | undefined;
}

/** Streams by names of your choice. */
export type StreamDefinitions = Readonly<Record<string, StreamDefinition>>;

/**
 * Gives the streams of a file of TypeScript, which agent.yaml names by `streams: ./sluis.config.ts`, as its default export. An
 * editor tells wrong keys and values; the agent takes texts, numbers, true and false, null, lists and objects of these, and
 * checks them as it checks what stands in agent.yaml itself.
 */
export function defineStreams(streams: StreamDefinitions): StreamDefinitions {
  return streams;
}
