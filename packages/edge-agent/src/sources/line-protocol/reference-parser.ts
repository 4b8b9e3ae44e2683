import type { Row } from '../fake-context.ts';

/**
 * Line protocol read in the plainest way, for tests to compare with: one pattern per line, everything a string.
 * Of a line that is wrong it says only that it is, and goes on with the next; texts that are not closed it does not know.
 */
export interface Reading {
  readonly rows: Row[];
  readonly badLines: number[];
}

const NAME = String.raw`(?:\\[,= ]|\\(?![,= ])|(?!\r?\n)[^,= \\])+`;
const MEASUREMENT = String.raw`(?:\\[,= ]|\\(?![,= ])|(?!\r?\n)[^, \\])+`;
const TEXT = String.raw`"(?:\\["\\]|\\(?!["\\])|[^"\\])*"`;
const TAG = `,${NAME}=${NAME}`;
const FIELD = String.raw`${NAME}=(?:${TEXT}|(?!")(?:(?!\r?\n)[^, ])+)`;
const GAP = String.raw` [ \t]*(?![ \t])`;
const LINE = String.raw`(?<measurement>${MEASUREMENT})(?<tags>(?:${TAG})*)${GAP}(?<fields>${FIELD}(?:,${FIELD})*)(?:${GAP}(?<time>-?\d+))?(?:${GAP})?\r?\n`;

const digitsToNs = { ns: 0n, us: 3n, ms: 6n, s: 9n };

export function readPlainly(input: string, options: { precision: keyof typeof digitsToNs; arrival: number }): Reading {
  const text = input.endsWith('\n') ? input : `${input}\n`;
  const rows: Row[] = [];
  const badLines: number[] = [];
  let at = 0;
  let line = 1;
  while (at < text.length) {
    const physicalEnd = text.indexOf('\n', at) + 1;
    const physical = text.slice(at, physicalEnd);
    const indent = /^[ \t\r]*/.exec(physical)?.[0].length ?? 0;
    let end = physicalEnd;
    if (physical.trim() !== '' && physical[indent] !== '#') {
      const matcher = new RegExp(LINE, 'y');
      matcher.lastIndex = at + indent;
      const groups = matcher.exec(text)?.groups;
      const read = groups && rowsOfLine(groups, options);
      if (read) {
        rows.push(...read);
        end = matcher.lastIndex;
      } else badLines.push(line);
    }
    line += text.slice(at, end).split('\n').length - 1;
    at = end;
  }
  return { rows, badLines };
}

function rowsOfLine(
  { measurement, tags, fields, time }: Record<string, string>,
  { precision, arrival }: { precision: keyof typeof digitsToNs; arrival: number },
): Row[] | undefined {
  const pairs = [...tags.matchAll(new RegExp(`,(${NAME})=(${NAME})`, 'g'))].map(([, key, value]) => [
    unescape(key),
    unescape(value),
  ]);
  if (new Set(pairs.map(([key]) => key)).size < pairs.length) return undefined;
  pairs.sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  const us = time === undefined ? arrival : floorToUs(time, precision);
  if (Math.abs(us) >= 2 ** 53) return undefined;
  const rows: Row[] = [];
  for (const [, key, token] of fields.matchAll(new RegExp(`(${NAME})=(${TEXT}|[^,]+)`, 'g'))) {
    const value = valueOf(token);
    if (value === undefined) return undefined;
    const levels = [...pairs.map(([, v]) => v), measurement.replace(/\\([, ])/g, '$1'), unescape(key)];
    if (levels.at(-1) === 'value') levels.pop();
    rows.push({ path: ['lab', ...levels.map((level) => level.replaceAll('/', '%2F'))].join('/'), time: us, ...value });
  }
  return rows;
}

function unescape(name: string): string {
  return name.replace(/\\([,= ])/g, '$1');
}

function floorToUs(time: string, precision: keyof typeof digitsToNs): number {
  const ns = BigInt(time) * 10n ** digitsToNs[precision];
  return Number((ns - (((ns % 1000n) + 1000n) % 1000n)) / 1000n);
}

function valueOf(token: string): Pick<Row, 'kind' | 'value'> | undefined {
  if (token.startsWith('"')) return { kind: 'text', value: token.slice(1, -1).replace(/\\(["\\])/g, '$1') };
  if (['t', 'T', 'true', 'True', 'TRUE'].includes(token)) return { kind: 'boolean', value: true };
  if (['f', 'F', 'false', 'False', 'FALSE'].includes(token)) return { kind: 'boolean', value: false };
  if (/^[+-]?\d+i$/.test(token)) return inRange('int64', token, -(2n ** 63n), 2n ** 63n);
  if (/^[+-]?\d+u$/.test(token)) return inRange('uint64', token, 0n, 2n ** 64n);
  if (!/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(token)) return undefined;
  return Number.isFinite(Number(token)) ? { kind: 'double', value: Number(token) } : undefined;
}

function inRange(kind: string, token: string, from: bigint, to: bigint): Pick<Row, 'kind' | 'value'> | undefined {
  const value = BigInt(token.slice(0, -1).replace(/^\+/, ''));
  return from <= value && value < to ? { kind, value } : undefined;
}
