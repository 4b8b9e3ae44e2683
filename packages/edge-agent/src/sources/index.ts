import type { Probe, ProbeContext, Source, SourceContext, SourceDefinition, SourceOutline } from '@sluis/plugin-sdk';
import { z } from 'zod';
import { csvConfig } from './csv/config.ts';
import { csv } from './csv/csv.ts';
import { lineProtocolConfig } from './line-protocol/config.ts';
import { lineProtocol } from './line-protocol/line-protocol.ts';
import { mqttConfig } from './mqtt/config.ts';
import { mqtt } from './mqtt/mqtt.ts';
import { ndjsonConfig } from './ndjson/config.ts';
import { ndjson } from './ndjson/ndjson.ts';
import { simulatorConfig } from './simulator/config.ts';
import { type SourcePolicies, sourcePolicies } from './policies.ts';
import { simulator } from './simulator/simulator.ts';

/** The built-in sources. */
export const sources: readonly SourceDefinition<unknown>[] = [csv, lineProtocol, mqtt, ndjson, simulator];

export interface DeclaredSource extends SourcePolicies {
  readonly type: string;
  /** Checked for that type. */
  readonly config: unknown;
}

/** What editors are told of a schema is lost when it is extended. */
function about<Schema extends z.ZodType>(schema: z.ZodType, extended: Schema): Schema {
  return extended.meta(schema.meta() ?? {});
}

/** A source in a configuration: its `type` decides which keys there are beside those of all. */
export const sourceConfig = z
  .discriminatedUnion('type', [
    about(csvConfig, csvConfig.safeExtend(sourcePolicies)),
    about(lineProtocolConfig, lineProtocolConfig.safeExtend(sourcePolicies)),
    about(mqttConfig, mqttConfig.safeExtend(sourcePolicies)),
    about(ndjsonConfig, ndjsonConfig.safeExtend(sourcePolicies)),
    about(simulatorConfig, simulatorConfig.safeExtend(sourcePolicies)),
  ])
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
