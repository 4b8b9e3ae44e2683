import { type BatchBuilder, isTextTooLong, Kind, MAX_TEXT_BYTES } from '@sluis/protocol';
import { pathLevel, seriesId, type SourceContext } from '@sluis/plugin-sdk';

export interface JsonSamplesOptions {
  readonly series: { intern(path: string): number };
  readonly rows: BatchBuilder;
  readonly reject: SourceContext<unknown>['reject'];
  /** Paths that are remembered; when there are more, remembering starts again. */
  readonly maxRemembered?: number | undefined;
}

/** What all samples of a document share. */
export interface Stamp {
  /** µs since 1970. */
  readonly time: number;
  readonly quality: number;
}

const MAX_REMEMBERED = 200_000;
/** Levels of a document, and samples in it. */
const MAX_DEPTH = 32;
const MAX_SAMPLES = 4096;
const INTEGER = /^[+-]?\d+$/;
/** Only with such digits may a whole number be beyond 2^53 = 9007199254740992, and need more than a double. */
const MANY_DIGITS = /9\d{15}|\d{17}/;
const LONGEST_INTEGER = 20;

/** A path and what goes on below it, so that a known member costs no string. */
export interface Node {
  readonly path: string;
  /** Undefined until a sample came. */
  series: number | undefined;
  readonly below: Map<string, Node>;
}

/** Why a document as a whole gives no samples. */
export class JsonFault extends Error {
  override readonly name = 'JsonFault';
  readonly fault: 'json' | 'time' | 'utf-8' | 'level' | 'too many samples' | 'too deep';

  constructor(fault: JsonFault['fault'], message: string) {
    super(message);
    this.fault = fault;
  }
}

/**
 * Makes samples of JSON. Members and array indexes append levels to a path, `value` appends none. Numbers are doubles, except
 * integers beyond 2^53, which stay exact up to 64 bits; null is no sample.
 */
export class JsonSamples {
  readonly #options: JsonSamplesOptions;
  #roots = new Map<string, Node | undefined>();
  #nodes = 0;
  #samples = 0;

  constructor(options: JsonSamplesOptions) {
    this.#options = options;
  }

  /** Paths that are remembered. */
  get remembered(): number {
    return this.#nodes;
  }

  /** What `key` stands for: where its path begins, or nothing. Both are remembered. */
  root(key: string, pathOf: () => string | undefined): Node | undefined {
    if (!this.#roots.has(key)) {
      this.#makeRoom();
      const path = pathOf();
      this.#roots.set(key, path === undefined ? undefined : { path, series: undefined, below: new Map() });
    }
    return this.#roots.get(key);
  }

  /**
   * Adds the samples of a document.
   * @throws JsonFault it has too many, or too many levels: the caller takes back the rows that are there by then
   */
  add(root: Node, document: unknown, stamp: Stamp): void {
    this.#samples = 0;
    this.#add(root, document, stamp, 0);
  }

  #add(node: Node, value: unknown, stamp: Stamp, depth: number): void {
    if (depth > MAX_DEPTH) throw new JsonFault('too deep', `there are more than ${MAX_DEPTH} levels`);
    if (Array.isArray(value)) {
      value.forEach((item, index) => this.#add(this.#below(node, `${index}`), item, stamp, depth + 1));
    } else if (isObject(value)) {
      for (const key of Object.keys(value)) {
        this.#add(key === 'value' ? node : this.#below(node, key), value[key], stamp, depth + 1);
      }
    } else if (value !== null) {
      if (++this.#samples > MAX_SAMPLES) {
        throw new JsonFault('too many samples', `there are more than ${MAX_SAMPLES} samples`);
      }
      this.#sample(node, value, stamp);
    }
  }

  #sample(node: Node, value: unknown, { time, quality }: Stamp): void {
    const { rows, reject } = this.#options;
    node.series ??= seriesId(this.#options, node.path);
    if (node.series === undefined) return;
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
    this.#roots = new Map();
    this.#nodes = 1;
  }
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** `JSON.parse` whose reviver sees each number's text: https://github.com/tc39/proposal-json-parse-with-source */
const parseWithSource = JSON.parse as (
  text: string,
  reviver: (key: string, value: unknown, context: { source?: string }) => unknown,
) => unknown;

/**
 * Parses JSON; integers that a double cannot hold, and 64 bits can, become a bigint.
 * @throws JsonFault
 */
export function parseJson(text: string): unknown {
  try {
    if (!MANY_DIGITS.test(text)) return JSON.parse(text);
    return parseWithSource(text, (_, value, { source }) => {
      return typeof value === 'number' && source !== undefined ? exactNumber(source) : value;
    });
  } catch (error) {
    throw new JsonFault('json', error instanceof Error ? error.message : 'it is not JSON');
  }
}

/** A double, or a whole number that a double cannot hold and 64 bits can. */
export function exactNumber(text: string): number | bigint {
  const double = Number(text);
  if (Number.isSafeInteger(double) || !INTEGER.test(text) || text.length > LONGEST_INTEGER) return double;
  const exact = BigInt(text.replace(/^\+/, ''));
  return exact === BigInt.asIntN(64, exact) || exact === BigInt.asUintN(64, exact) ? exact : double;
}
