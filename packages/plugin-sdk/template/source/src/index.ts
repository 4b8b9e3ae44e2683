import {
  BatchBuilder,
  defineSource,
  NotConnectedError,
  pause,
  positiveDuration,
  type Reader,
  type Reading,
  reading,
  seriesId,
  seriesPath,
  type SourceContext,
} from '@sluis/plugin-sdk';
import { z } from 'zod';

const config = z.strictObject({
  url: z.url().describe('Where the device gives its measurements'),
  every: positiveDuration.default(1_000_000).describe('How often it is asked when it had nothing new'),
});

/** What the device answers: measurements with numbers that rise, those after the number in the question. */
const answer = z.array(
  z.object({
    number: z.int(),
    /** µs since 1970 UTC. */
    time: z.int(),
    name: z.string(),
    value: z.number(),
  }),
);

export default defineSource({
  type: '__type__',
  version: 1,
  summary: 'Measurements of a device that answers over HTTP.',
  config,
  // Connecting again, waiting for the journal and what is shown of it all: that is what `reading` does.
  create: (context) => reading(context, new Device(context)),
});

class Device implements Reader {
  readonly from: string;
  readonly #context: SourceContext<z.infer<typeof config>>;
  /** The last number that was read. It was kept with the rows, so that no measurement is lost or there twice after a restart. */
  #last: number;

  constructor(context: SourceContext<z.infer<typeof config>>) {
    this.from = context.config.url;
    this.#context = context;
    this.#last = Number(context.cursors.get('last') ?? 0);
  }

  async connect(signal: AbortSignal): Promise<void> {
    await this.#ask(signal);
  }

  async read(signal: AbortSignal): Promise<Reading> {
    const { site, name, config } = this.#context;
    let measurements = await this.#ask(signal);
    while (measurements.length === 0) {
      await pause(config.every / 1_000, signal);
      measurements = await this.#ask(signal);
    }
    const rows = new BatchBuilder();
    for (const measurement of measurements) {
      const id = seriesId(this.#context, seriesPath(site, [name, measurement.name]));
      if (id !== undefined) rows.double(id, measurement.time, measurement.value);
      this.#last = measurement.number;
    }
    return { rows: rows.take(), cursor: { last: String(this.#last) } };
  }

  async close(): Promise<void> {}

  async #ask(signal: AbortSignal): Promise<z.infer<typeof answer>> {
    try {
      const response = await fetch(`${this.from}?after=${this.#last}`, { signal });
      return answer.parse(await response.json());
    } catch (cause) {
      throw new NotConnectedError(`${this.from} does not answer as it should`, { cause });
    }
  }
}
