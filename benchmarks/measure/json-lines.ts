import { StringDecoder } from 'node:string_decoder';
import { BatchBuilder, SeriesTable } from '@sluis/protocol';

/**
 * The usual way of taking JSON in, as a yardstick: each read is decoded, split into lines, and each line parsed; the rows go
 * into columns. Lines are `{"series":…,"time":…,"value":…}`, with the whole name: nothing is left to put together.
 */
export class JsonLineReader {
  readonly rows = new BatchBuilder();
  readonly #series = new SeriesTable();
  readonly #decoder = new StringDecoder();
  #rest = '';

  push(bytes: Buffer): void {
    const lines = (this.#rest + this.#decoder.write(bytes)).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) {
      const { series, time, value }: { series: string; time: number; value: number } = JSON.parse(line);
      this.rows.double(this.#series.intern(series), time, value);
    }
  }
}
