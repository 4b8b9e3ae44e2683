import { isUtf8 } from 'node:buffer';
import { type BatchBuilder, Quality } from '@sluis/protocol';
import type { SourceContext } from '@sluis/plugin-sdk';
import { exactNumber, isObject, JsonFault, JsonSamples, parseJson } from '../json-samples.ts';
import { type EpochUnit, parseEpoch, parseIso } from '../time.ts';
import { filterMatches } from './topic-filter.ts';

export interface PayloadReaderOptions {
  readonly site: string;
  readonly series: { intern(path: string): number };
  readonly topics: readonly string[];
  /** JSON member that holds the time. */
  readonly time: string | undefined;
  readonly unit: EpochUnit;
  readonly rows: BatchBuilder;
  readonly reject: SourceContext<unknown>['reject'];
  /** Topics and members that are remembered; when there are more, remembering starts again. */
  readonly maxRemembered?: number;
}

export interface Message {
  readonly topic: string;
  readonly payload: Buffer;
  /** The broker kept it, and sends it because of the subscription: its value is as old as its publication. */
  readonly retained: boolean;
}

const SHOWN_CHARACTERS = 100;
const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

/**
 * Makes samples of MQTT messages. The path is the site, then the topic as it is, empty levels included; JSON members and
 * array indexes append levels, `value` appends none. Numbers are doubles, except integers beyond 2^53, which stay exact up
 * to 64 bits; null and an empty payload are no samples. Samples of a retained message that does not tell its time are
 * uncertain: they are stamped with their arrival, and nobody knows how long before they were measured.
 */
export class PayloadReader {
  readonly #options: PayloadReaderOptions;
  readonly #samples: JsonSamples;

  constructor(options: PayloadReaderOptions) {
    this.#options = options;
    this.#samples = new JsonSamples(options);
  }

  /** Topics and members that are remembered. */
  get remembered(): number {
    return this.#samples.remembered;
  }

  /** Adds the samples of a message to the rows, or counts why there are none. `arrival` in µs. */
  read({ topic, payload, retained }: Message, arrival: number): void {
    const { rows, reject, topics, site } = this.#options;
    const node = this.#samples.root(topic, () => {
      const known = topics.some((filter) => filterMatches(filter, topic)) && !topic.includes('\uFFFD');
      return known ? `${site}/${topic}` : undefined;
    });
    if (!node) return reject('topic', 1, `${topic} is not subscribed to (any more), or not UTF-8`);
    if (payload.length === 0) return;
    const first = rows.length;
    try {
      const parsed = parse(payload);
      const given = this.#timeOf(parsed);
      const quality = retained && given === undefined ? Quality.uncertain : Quality.good;
      this.#samples.add(node, parsed, { time: given ?? arrival, quality });
    } catch (error) {
      if (!(error instanceof JsonFault)) throw error;
      rows.truncate(first);
      reject(error.fault, 1, `${topic}: ${error.message}: ${payload.toString('utf8', 0, SHOWN_CHARACTERS)}`);
    }
  }

  /** The time that the message tells, which is then no member of it any more. */
  #timeOf(parsed: unknown): number | undefined {
    const { time: member, unit } = this.#options;
    if (member === undefined || !isObject(parsed) || !Object.hasOwn(parsed, member)) return undefined;
    const given = parsed[member];
    delete parsed[member];
    const text = typeof given === 'string' ? given.trim() : String(given);
    const time = parseEpoch(text, unit) ?? (typeof given === 'string' ? parseIso(text) : undefined);
    if (time === undefined)
      throw new JsonFault('time', `the member "${member}" is neither ISO 8601 nor a number of ${unit}`);
    return time;
  }
}

function parse(payload: Buffer): unknown {
  if (!isUtf8(payload)) throw new JsonFault('utf-8', 'the payload is not UTF-8');
  const text = payload.toString().replace(/^\uFEFF/, '');
  return /^\s*[[{]/.test(text) ? parseJson(text) : scalar(text);
}

/** What a payload that is no JSON object or array stands for: a number, true, false, null, a JSON string, or a text. */
function scalar(text: string): unknown {
  const trimmed = text.trim();
  if (DECIMAL.test(trimmed)) return exactNumber(trimmed);
  if (trimmed === 'true') return true;
  if (trimmed === 'false') return false;
  if (trimmed === 'null') return null;
  if (!trimmed.startsWith('"')) return text;
  try {
    return JSON.parse(trimmed);
  } catch {
    // A text that merely begins with a quote.
    return text;
  }
}
