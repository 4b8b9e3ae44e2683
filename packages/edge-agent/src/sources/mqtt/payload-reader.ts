import { isUtf8 } from 'node:buffer';
import { type BatchBuilder, isTextTooLong, Kind, MAX_TEXT_BYTES, Quality } from '@sluis/protocol';
import { type SourceContext, SeriesLimitError } from '@sluis/plugin-sdk';
import { pathLevel } from '../series-path.ts';
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

const MAX_REMEMBERED = 200_000;
/** Levels of a JSON payload, and samples in it. */
const MAX_DEPTH = 32;
const MAX_SAMPLES = 4096;
const SHOWN_CHARACTERS = 100;
const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const INTEGER = /^[+-]?\d+$/;
/** Only with such digits may a whole number be beyond 2^53 = 9007199254740992, and need more than a double. */
const MANY_DIGITS = /9\d{15}|\d{17}/;

/** A path and what goes on below it, so that a known member costs no string. */
interface Node {
  readonly path: string;
  /** Undefined until a sample came. */
  series: number | undefined;
  readonly below: Map<string, Node>;
}

/** Why a message as a whole gives no samples. */
class MessageFault extends Error {
  override readonly name = 'MessageFault';
  readonly fault: 'json' | 'time' | 'utf-8' | 'too many samples' | 'too deep';

  constructor(fault: MessageFault['fault'], message: string) {
    super(message);
    this.fault = fault;
  }
}

/** `JSON.parse` whose reviver sees each number's text: https://github.com/tc39/proposal-json-parse-with-source */
const parseWithSource = JSON.parse as (
  text: string,
  reviver: (key: string, value: unknown, context: { source?: string }) => unknown,
) => unknown;

/**
 * Makes samples of MQTT messages. The path is the site, then the topic as it is, empty levels included; JSON members and
 * array indexes append levels, `value` appends none. Numbers are doubles, except integers beyond 2^53, which stay exact up
 * to 64 bits; null and an empty payload are no samples. Samples of a retained message that does not tell its time are
 * uncertain: they are stamped with their arrival, and nobody knows how long before they were measured.
 */
export class PayloadReader {
  readonly #options: PayloadReaderOptions;
  #topics = new Map<string, Node | undefined>();
  #nodes = 0;
  #samples = 0;
  /** Of the message that is being read. */
  #time = 0;
  #quality: number = Quality.good;

  constructor(options: PayloadReaderOptions) {
    this.#options = options;
  }

  /** Topics and members that are remembered. */
  get remembered(): number {
    return this.#nodes;
  }

  /** Adds the samples of a message to the rows, or counts why there are none. `arrival` in µs. */
  read({ topic, payload, retained }: Message, arrival: number): void {
    const { rows, reject } = this.#options;
    const node = this.#topic(topic);
    if (!node) return reject('topic', 1, `${topic} is not subscribed to (any more), or not UTF-8`);
    if (payload.length === 0) return;
    const first = rows.length;
    this.#samples = 0;
    try {
      const parsed = parse(payload);
      const given = this.#timeOf(parsed);
      this.#time = given ?? arrival;
      this.#quality = retained && given === undefined ? Quality.uncertain : Quality.good;
      this.#add(node, parsed, 0);
    } catch (error) {
      if (!(error instanceof MessageFault)) throw error;
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
      throw new MessageFault('time', `the member "${member}" is neither ISO 8601 nor a number of ${unit}`);
    return time;
  }

  #add(node: Node, value: unknown, depth: number): void {
    if (depth > MAX_DEPTH) throw new MessageFault('too deep', `the payload has more than ${MAX_DEPTH} levels`);
    if (Array.isArray(value)) {
      value.forEach((item, index) => this.#add(this.#below(node, `${index}`), item, depth + 1));
    } else if (isObject(value)) {
      for (const key of Object.keys(value)) {
        this.#add(key === 'value' ? node : this.#below(node, key), value[key], depth + 1);
      }
    } else if (value !== null) {
      if (++this.#samples > MAX_SAMPLES) {
        throw new MessageFault('too many samples', `the payload has more than ${MAX_SAMPLES} samples`);
      }
      this.#sample(node, value);
    }
  }

  #sample(node: Node, value: unknown): void {
    const { rows, series, reject } = this.#options;
    const time = this.#time;
    const quality = this.#quality;
    try {
      node.series ??= series.intern(node.path);
    } catch (error) {
      if (!(error instanceof SeriesLimitError)) throw error;
      return reject('series limit', 1, error.message);
    }
    if (typeof value === 'boolean') rows.boolean(node.series, time, value, quality);
    else if (typeof value === 'string') {
      if (isTextTooLong(value)) {
        return reject('text too long', 1, `${node.path}: the text is longer than ${MAX_TEXT_BYTES} bytes`);
      }
      rows.text(node.series, time, value, quality);
    } else if (typeof value === 'bigint') {
      const kind = value === BigInt.asIntN(64, value) ? Kind.int64 : Kind.uint64;
      rows.integer(node.series, time, value, kind, quality);
    } else if (typeof value === 'number' && Number.isFinite(value)) rows.double(node.series, time, value, quality);
    else reject('value', 1, `${node.path}: the number is beyond the range of a double`);
  }

  #topic(topic: string): Node | undefined {
    if (!this.#topics.has(topic)) {
      this.#makeRoom();
      const { topics, site } = this.#options;
      const known = topics.some((filter) => filterMatches(filter, topic)) && !topic.includes('\uFFFD');
      this.#topics.set(topic, known ? { path: `${site}/${topic}`, series: undefined, below: new Map() } : undefined);
    }
    return this.#topics.get(topic);
  }

  #below(node: Node, key: string): Node {
    let below = node.below.get(key);
    if (!below) {
      this.#makeRoom();
      below = { path: `${node.path}/${pathLevel(key)}`, series: undefined, below: new Map() };
      node.below.set(key, below);
    }
    return below;
  }

  #makeRoom(): void {
    if (++this.#nodes <= (this.#options.maxRemembered ?? MAX_REMEMBERED)) return;
    this.#topics = new Map();
    this.#nodes = 1;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parse(payload: Buffer): unknown {
  if (!isUtf8(payload)) throw new MessageFault('utf-8', 'the payload is not UTF-8');
  const text = payload.toString().replace(/^\uFEFF/, '');
  return /^\s*[[{]/.test(text) ? parseJson(text) : scalar(text);
}

function parseJson(text: string): unknown {
  try {
    if (!MANY_DIGITS.test(text)) return JSON.parse(text);
    return parseWithSource(text, (_, value, { source }) => {
      return typeof value === 'number' && source !== undefined ? exactNumber(source) : value;
    });
  } catch (error) {
    throw new MessageFault('json', error instanceof Error ? error.message : 'the payload is not JSON');
  }
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

/** A double, or a whole number that a double cannot hold and 64 bits can. */
function exactNumber(text: string): number | bigint {
  const double = Number(text);
  if (Number.isSafeInteger(double) || !INTEGER.test(text) || text.length > 20) return double;
  const exact = BigInt(text.replace(/^\+/, ''));
  return exact === BigInt.asIntN(64, exact) || exact === BigInt.asUintN(64, exact) ? exact : double;
}
