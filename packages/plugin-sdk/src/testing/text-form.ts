import { formatDuration, parseDuration } from '../units/duration.ts';
import {
  type Dropped,
  isSample,
  isTick,
  type Line,
  type Sample,
  type SampleOptions,
  type SampleValue,
  sample,
} from './sample.ts';

/** A token: quoted text, or what has no space in it. */
const TOKEN = /'(?:[^'\\]|\\.)*'|\S+/gu;
/** The value of a sample that is not given. */
const DROPPED = '-';
const DECIMAL = /^-?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;
const INTEGER = /^(-?\d+)([iu])$/;
const REVISION = /^r(\d{1,5})$/;
const MAX_REVISION = 0xffff;
/** What a unit, a path or the rest of a line must not look like without quotes. */
const NEEDS_QUOTES = /^$|[\s'\\]|^#|^tick$/;
const FLAG = /^(?:[?!]|r\d+|@.*)$/;

/** The text is not in the form; the message says in which line and what is expected there. */
export class TextFormError extends Error {
  override readonly name = 'TextFormError';
}

/**
 * Reads samples and ticks, a line each:
 *
 * ```
 * # time  series  value  unit
 * 0s      m1/t    20.5   Cel
 * 500ms   m1/t    21     Cel ?
 * tick 1s
 * 1s      m1/run  true
 * 1s      m1/mode 'idle'
 * 2s      m1/n    42i    r1 @alarm
 * ```
 *
 * Time since the test's {@link EPOCH}; path; value: number, `NaN`, `true`, `'text'`, `42i` (int64), `7u` (uint64), or `-` for a
 * sample that an earlier step of the stream has dropped, so that only its time is known, with the next tick. Then, each
 * if need be: the unit (once for a series is enough), `?` uncertain or `!` bad, `r1` revision, `@alarm` or `@detail` lane, `#`
 * comment. `tick 1s`: the agent's clock comes to 1s. Paths and units with spaces are quoted like texts. Inverse of {@link format}.
 */
export function parse(text: string): Line[] {
  const units = new Map<string, string>();
  return text.split('\n').flatMap((line, i) => {
    try {
      const tokens = uncommented(line.match(TOKEN) ?? []);
      return tokens.length === 0 ? [] : [parseLine(tokens, units)];
    } catch (error) {
      if (!(error instanceof TextFormError)) throw error;
      throw new TextFormError(`line ${i + 1}: ${error.message}: ${line.trim()}`, { cause: error });
    }
  });
}

/** The lines in the form that {@link parse} reads, without a line end at the end. */
export function format(lines: readonly Line[]): string {
  return lines.map(formatLine).join('\n');
}

/** Lines as they are, or read from text. */
export function linesOf(given: string | readonly Line[]): readonly Line[] {
  return typeof given === 'string' ? parse(given) : given;
}

function uncommented(tokens: readonly string[]): readonly string[] {
  // The second is a path in any case, which may begin with #.
  const end = tokens.findIndex((token, i) => token.startsWith('#') && i !== 1);
  return end === -1 ? tokens : tokens.slice(0, end);
}

function parseLine(tokens: readonly string[], units: Map<string, string>): Line {
  if (tokens[0] === 'tick') {
    if (tokens.length !== 2) throw new TextFormError("expected 'tick 5s'");
    return { tick: parseTime(tokens[1]) };
  }
  const [time, path, value, ...flags] = tokens;
  if (value === undefined) throw new TextFormError("expected a time, a path and a value, or 'tick 5s'");
  const series = unquoted(path);
  const { unit, ...options } = parseFlags(flags);
  if (unit !== undefined && !units.has(series)) units.set(series, unit);
  const known = unit ?? units.get(series) ?? '';
  if (value === DROPPED) {
    if (flags.length > (unit === undefined ? 0 : 1)) throw new TextFormError("'-' has only a time, a path and a unit");
    return { series, unit: known, time: parseTime(time), dropped: true };
  }
  return sample(series, parseTime(time), ...parseValue(value, { ...options, unit: known }));
}

function parseTime(token: string): number {
  const negative = token.startsWith('-');
  const time = parseDuration(negative ? token.slice(1) : token);
  if (time === undefined) throw new TextFormError(`'${token}' is no time: write 250ms, 10s, 5m, 1h or -1d`);
  return negative && time > 0 ? -time : time;
}

function parseValue(token: string, options: SampleOptions): [SampleValue, SampleOptions] {
  if (token.startsWith("'")) return [unquoted(token), options];
  if (token === 'true' || token === 'false') return [token === 'true', options];
  if (token === 'NaN' || /^-?Infinity$/.test(token) || DECIMAL.test(token)) return [Number(token), options];
  const [, digits, letter] = INTEGER.exec(token) ?? [];
  if (!digits) throw new TextFormError(`'${token}' is no value: write 20.5, NaN, true, 'text', 42i, 7u or -`);
  const value = BigInt(digits);
  const fitting = letter === 'i' ? BigInt.asIntN(64, value) : BigInt.asUintN(64, value);
  if (fitting !== value) throw new TextFormError(`'${token}' does not fit into 64 bits`);
  return [value, { ...options, kind: letter === 'i' ? 'int64' : 'uint64' }];
}

function parseFlags(flags: readonly string[]): SampleOptions {
  let options: SampleOptions = {};
  for (const flag of flags) {
    const found = parseFlag(flag);
    if (Object.keys(found).some((key) => key in options)) throw new TextFormError(`'${flag}' is one too many`);
    options = { ...options, ...found };
  }
  return options;
}

function parseFlag(flag: string): SampleOptions {
  if (flag === '?') return { quality: 'uncertain' };
  if (flag === '!') return { quality: 'bad' };
  if (flag === '@alarm') return { lane: 'alarm' };
  if (flag === '@detail') return { lane: 'detail' };
  const revision = Number(REVISION.exec(flag)?.[1] ?? Number.NaN);
  if (revision <= MAX_REVISION) return { revision };
  if (FLAG.test(flag)) throw new TextFormError(`'${flag}' is none of ?, !, @alarm, @detail, r1 … r${MAX_REVISION}`);
  return { unit: unquoted(flag) };
}

function formatLine(line: Line): string {
  if (isTick(line)) return `tick ${formatTime(line.tick)}`;
  const { series, unit, time } = line;
  const value = isSample(line) ? formatValue(line) : DROPPED;
  return [formatTime(time), quotedIfNeeded(series), value, unit !== '' && quotedIfNeeded(unit), ...flagsOf(line)]
    .filter((token) => token !== false)
    .join('  ');
}

function flagsOf(line: Sample | Dropped): (string | false)[] {
  if (!isSample(line)) return [];
  const { quality, revision, lane } = line;
  return [
    quality !== 'good' && (quality === 'bad' ? '!' : '?'),
    revision > 0 && `r${revision}`,
    lane !== 'data' && `@${lane}`,
  ];
}

/** As in the text form: `-1h`. */
export function formatTime(µs: number): string {
  return `${µs < 0 ? '-' : ''}${formatDuration(Math.abs(µs))}`;
}

/** As in the text form: `20.5`, `NaN`, `true`, `'text'`, `42i`, `7u`. */
export function formatValue({ value, kind }: Pick<Sample, 'value' | 'kind'>): string {
  if (typeof value === 'string') return quoted(value);
  if (typeof value === 'bigint') return `${value}${kind === 'uint64' ? 'u' : 'i'}`;
  return Object.is(value, -0) ? '-0' : String(value);
}

function quotedIfNeeded(text: string): string {
  return NEEDS_QUOTES.test(text) || FLAG.test(text) ? quoted(text) : text;
}

/** JSON's escapes, in the other quotes. */
function quoted(text: string): string {
  const escaped = JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'");
  return `'${escaped}'`;
}

function unquoted(token: string): string {
  if (!token.startsWith("'")) return token;
  const inner = token.slice(1, -1).replaceAll(/\\.|"/g, (part) => (part === '"' ? '\\"' : part === "\\'" ? "'" : part));
  try {
    return JSON.parse(`"${inner}"`) as string;
  } catch (cause) {
    throw new TextFormError(`${token} is no text: quotes and escapes are those of JSON in single quotes`, { cause });
  }
}
