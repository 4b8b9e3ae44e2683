import type { Probe, ProbeContext, Source, SourceContext, SourceDefinition, SourceOutline } from '@sluis/plugin-sdk';
import { z } from 'zod';
import { csv } from './csv/csv.ts';
import { lineProtocol } from './line-protocol/line-protocol.ts';
import { mqtt } from './mqtt/mqtt.ts';
import { ndjson } from './ndjson/ndjson.ts';
import { type SourcePolicies, sourcePolicies } from './policies.ts';
import { simulator } from './simulator/simulator.ts';

/** The built-in sources: all that knows of them knows them from here. */
export const sources: readonly SourceDefinition<unknown>[] = [csv, lineProtocol, mqtt, ndjson, simulator];

export interface DeclaredSource extends SourcePolicies {
  readonly type: string;
  /** Checked for that type. */
  readonly config: unknown;
}

/** What the configurations of all sources have. */
type AnyConfig = z.ZodObject<{ readonly type: z.ZodLiteral<string> } & typeof sourcePolicies>;

/** The configuration of a source with the keys of all. Throws a TypeError if it is not an object with the source's `type`. */
function withPolicies({ type, summary, config }: SourceDefinition<unknown>): AnyConfig {
  if (!(config instanceof z.ZodObject && 'type' in config.shape)) {
    throw new TypeError(`the configuration of the source '${type}' is no object with a type`);
  }
  const extended = config.safeExtend({ type: z.literal(type).describe(summary), ...sourcePolicies });
  // What editors are told of a schema is lost when it is extended.
  return extended.meta(config.meta() ?? {}) as AnyConfig;
}

const [first, ...others] = sources.map(withPolicies);

/** A source in a configuration: its `type` decides which keys there are beside those of all. */
export const sourceConfig = z
  .discriminatedUnion('type', [first, ...others])
  .transform(({ whenFull, maxSeries, ...config }): DeclaredSource => ({
    type: config.type,
    config,
    whenFull,
    maxSeries,
  }));

/** Creates the source of a `type`, with what {@link sourceConfig} gave for it in the context. */
export function createSource(type: string, context: SourceContext<unknown>): Source {
  return definitionOf(type).create(context);
}

/** What a checked configuration alone tells of a source. */
export function outlineOf({ type, config }: z.output<typeof sourceConfig>): SourceOutline {
  return definitionOf(type).outline?.(config) ?? { from: type };
}

/** What a source of a `type` needs from around it. */
export function probesOf(type: string, context: ProbeContext<unknown>): readonly Probe[] {
  return definitionOf(type).probe?.(context) ?? [];
}

function definitionOf(type: string): SourceDefinition<unknown> {
  const definition = sources.find((source) => source.type === type);
  if (!definition) throw new TypeError(`there is no source of the type "${type}"`);
  return definition;
}
