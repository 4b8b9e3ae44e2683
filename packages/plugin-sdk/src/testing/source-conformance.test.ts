import { describe, expect, test } from 'vitest';
import { arrangeDevice, type Flaw, floodDevice, plantedSource } from './planted-source.ts';
import { checkSource, type SourceCase, sourceChecksOf } from './source-checks.ts';
import { sourceConformance } from './source-conformance.ts';

const one: SourceCase = {
  arrange: arrangeDevice,
  flood: floodDevice,
  limits: { withinMs: 300, stopWithinMs: 100, inFlightBytes: 50_000 },
};

sourceConformance(plantedSource(), { ...one, limits: { inFlightBytes: 50_000 } });

/** What a source does wrong, and what it is told. */
const flaws: Readonly<Record<Flaw, string>> = {
  'acknowledges before it is durable': 'samples were acknowledged before they were durable',
  'acknowledges what was refused': 'samples were acknowledged that the journal refused',
  'forgets what was refused': 'what was refused is durable',
  'throws where the device is absent': 'no device',
  'does not say that it waits': 'the state is waiting or degraded',
  'never stops': 'the source has stopped',
  'does not say that it has stopped': "a source that has stopped says 'stopped', not 'running'",
  'goes on when it has stopped': 'rows were handed over after the source had stopped',
  'begins anew in each life': '30 rows were kept in two lives, of 20 samples',
  'hands over without end': 'bytes are handed over and not durable: 50000 at most',
  'uses the arrays of rows again': 'the source changed rows before their write had settled',
  'hands over half microseconds': 'not a whole number of µs',
};

describe('a source is refused that', () => {
  test.concurrent.each(Object.entries(flaws))('%s', async (flaw, says) => {
    const found = await Promise.all(
      sourceChecksOf(one).map((check) =>
        checkSource(plantedSource(flaw as Flaw), check, one).then(() => '', messageOf),
      ),
    );
    expect(found.join('\n')).toContain(says);
  });
});

/** Of all errors, where one was thrown while another was under way. */
function messageOf(error: unknown): string {
  if (error instanceof SuppressedError) return `${messageOf(error.error)}\n${messageOf(error.suppressed)}`;
  return error instanceof Error ? error.message : String(error);
}
