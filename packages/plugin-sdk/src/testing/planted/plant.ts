import type { SampleBatch } from '@sluis/protocol';
import type { OperatorFunction } from 'rxjs';
import { z } from 'zod';
import { defineOperator, type OperatorContext, type OperatorDefinition, type OutputNames } from '../../operator.ts';
import type { Rule } from '../contract-error.ts';

/** By what they do: the part of the contract that they break, and what the message must tell. */
export type Planted = Readonly<
  Record<string, { rule: Rule; says: string; operator: OperatorDefinition<object, object> }>
>;

type Create = (context: OperatorContext<object>) => OperatorFunction<SampleBatch, SampleBatch>;

export function planted(create: Create, names: OutputNames = 'kept'): OperatorDefinition<object, object> {
  return defineOperator({ name: 'planted', version: 1, summary: 'Planted.', config: z.object({}), names, create });
}

/** A batch of the same rows, where doubles have other values. */
export function withValues(batch: SampleBatch, valueOf: (row: number) => number): SampleBatch {
  return { ...batch, value: Float64Array.from(batch.value, (own, row) => (batch.kind?.[row] ? own : valueOf(row))) };
}

export function running(of: SampleBatch, add: (value: number) => number): SampleBatch {
  return withValues(of, (row) => add(of.value[row]));
}
