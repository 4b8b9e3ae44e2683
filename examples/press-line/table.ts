/** How the whole flow does: samples since the start, and how old a sample is when it is seen live. */
export interface Flow {
  readonly sent: number;
  /** Undefined while its part does not answer. */
  readonly journaled: number | undefined;
  readonly stored: number | undefined;
  readonly lagMs: number | undefined;
}

export interface Row {
  readonly path: string;
  readonly value: number | string | boolean;
  readonly unit: string;
  /** Samples a second. */
  readonly rate: number;
}

export interface Picture {
  readonly rows: readonly Row[];
  readonly flow: Flow;
  readonly url: string;
}

/** What the table is drawn on. */
export interface Sheet {
  readonly columns: number;
  readonly lines: number;
  readonly colours: boolean;
}

/** Lines that are not rows: the title, the flow, the address, how to end, and blank ones between. */
const OTHER_LINES = 7;
const VALUE_WIDTH = 12;
const UNIT_WIDTH = 6;
const RATE_WIDTH = 8;

/** The table as lines that fit the sheet; of more series than fit, the first. */
export function drawTable({ rows, flow, url }: Picture, { columns, lines, colours }: Sheet): string[] {
  const bold = (text: string) => (colours ? `\u001B[1m${text}\u001B[22m` : text);
  const faint = (text: string) => (colours ? `\u001B[2m${text}\u001B[22m` : text);
  const room = Math.max(1, lines - OTHER_LINES);
  const shown = rows.length > room ? rows.slice(0, room - 1) : rows;
  const widest = Math.max(6, ...shown.map(({ path }) => path.length));
  const pathWidth = Math.min(widest, Math.max(6, columns - VALUE_WIDTH - UNIT_WIDTH - RATE_WIDTH - 4));
  const title = `${'series'.padEnd(pathWidth)} ${'last'.padStart(VALUE_WIDTH)} ${'unit'.padEnd(UNIT_WIDTH)} ${'rate/s'.padStart(RATE_WIDTH)}`;
  const hidden = rows.length - shown.length;
  return [
    faint(fitted(title, columns)),
    ...shown.map(({ path, value, unit, rate }) => {
      const beginning = fitted(path, pathWidth).padEnd(pathWidth);
      const last = fitted(valueText(value), VALUE_WIDTH).padStart(VALUE_WIDTH);
      const end = `${fitted(unit, UNIT_WIDTH).padEnd(UNIT_WIDTH)} ${rate.toFixed(0).padStart(RATE_WIDTH)}`;
      return `${beginning} ${bold(last)} ${faint(end)}`;
    }),
    ...(hidden > 0 ? [faint(`and ${hidden} more series`)] : []),
    '',
    fitted(flowText(flow), columns),
    '',
    `${bold(fitted(url, columns))}${faint('  Ctrl-C ends it'.slice(0, Math.max(0, columns - url.length)))}`,
  ];
}

/** The same in one line, for a log. */
export function tableLine({ rows, flow }: Picture): string {
  const [first] = rows;
  const latest = first ? `  ${first.path} ${valueText(first.value)} ${first.unit}`.trimEnd() : '';
  return `${flowText(flow)}${latest}`;
}

function flowText({ sent, journaled, stored, lagMs }: Flow): string {
  const lag = lagMs === undefined ? '–' : `${lagMs.toFixed(0)} ms`;
  return `sent ${countText(sent)} ▸ journaled ${countText(journaled)} ▸ stored ${countText(stored)} ▸ lag ${lag}`;
}

function countText(count: number | undefined): string {
  return count === undefined ? '–' : count.toLocaleString('en');
}

function valueText(value: Row['value']): string {
  return typeof value === 'number' ? value.toLocaleString('en', { maximumFractionDigits: 3 }) : String(value);
}

function fitted(text: string, width: number): string {
  return text.length > width ? `${text.slice(0, Math.max(0, width - 1))}…` : text;
}
