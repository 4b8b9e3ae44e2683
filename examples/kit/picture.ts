/** One above the other, with one axis of time. */
export interface Picture {
  readonly title: string;
  /** Of the axis below. */
  readonly x: { readonly label: string; readonly from: number; readonly to: number; readonly step: number };
  readonly panels: readonly Panel[];
}

export interface Panel {
  readonly label: string;
  readonly y: { readonly from: number; readonly to: number; readonly step: number };
  readonly lines?: readonly Line[];
  readonly bars?: readonly Bar[];
}

export interface Line {
  readonly name: string;
  /** Times and values, in order. */
  readonly points: readonly (readonly [x: number, y: number])[];
  /** Each value stays until the next. */
  readonly isStepped?: boolean;
  /** Points instead of a line. */
  readonly isDotted?: boolean;
}

/** From `from` to `to` of the axis of time; those of one place stand on each other. */
export interface Bar {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  readonly base?: number;
  readonly value: number;
  /** Written into it. */
  readonly text?: string;
}

const [WIDTH, LEFT, RIGHT, TOP] = [760, 64, 20, 44];
const [PANEL, GAP, BOTTOM] = [150, 40, 46];
const COLOURS = ['#1668c4', '#c9590c', '#14804a', '#8f3fb3', '#8a6d00', '#0b7c86'];
const [INK, SOFT, GRID] = ['#1d2530', '#5a6675', '#dde3ea'];

/** An SVG that needs nothing else. */
export function svgOf({ title, x, panels }: Picture): string {
  const height = TOP + panels.length * (PANEL + GAP) - GAP + BOTTOM;
  const scale = (value: number): number => LEFT + ((value - x.from) / (x.to - x.from)) * (WIDTH - LEFT - RIGHT);
  const bottom = height - BOTTOM;
  const ticks = steps(x).map((at) => text(scale(at), bottom + 18, short(at), 'middle'));
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="system-ui, sans-serif" font-size="12" role="img">
<title>${escaped(title)}</title>
<rect width="${WIDTH}" height="${height}" rx="8" fill="#ffffff"/>
<text x="${LEFT}" y="24" fill="${INK}" font-size="15" font-weight="600">${escaped(title)}</text>
${panels.map((panel, i) => panelOf(panel, TOP + i * (PANEL + GAP), scale)).join('\n')}
${ticks.join('')}
${text((LEFT + WIDTH - RIGHT) / 2, height - 10, x.label, 'middle')}
</svg>
`;
}

function panelOf({ label, y, lines = [], bars = [] }: Panel, top: number, x: (value: number) => number): string {
  const scale = (value: number): number => top + PANEL - ((value - y.from) / (y.to - y.from)) * PANEL;
  const names = [...new Set([...lines, ...bars].map(({ name }) => name))];
  const colour = (name: string): string => COLOURS[names.indexOf(name) % COLOURS.length];
  const grid = steps(y).map((at) => {
    const line = `<path d="M${LEFT} ${round(scale(at))}H${WIDTH - RIGHT}" stroke="${GRID}"/>`;
    return line + text(LEFT - 8, scale(at) + 4, short(at), 'end');
  });
  const boxes = bars.map(({ name, from, to, base = 0, value, text: inside }) => {
    const [left, right, upper, lower] = [x(from) + 1, x(to) - 1, scale(base + value), scale(base)];
    const size = `width="${round(right - left)}" height="${round(Math.max(0, lower - upper))}"`;
    const box = `<rect x="${round(left)}" y="${round(upper)}" ${size} fill="${colour(name)}" opacity="0.85"/>`;
    if (inside === undefined) return box;
    const isTall = lower - upper > 24;
    return box + text((left + right) / 2, isTall ? upper + 17 : upper - 5, inside, 'middle', isTall ? '#ffffff' : SOFT);
  });
  const curves = lines.map((line) => curveOf(line, x, scale, colour(line.name)));
  let at = LEFT + label.length * 6.4 + 24;
  const legend =
    names.length < 2
      ? []
      : names.map((name) => {
          const entry = `<rect x="${round(at)}" y="${top - 15}" width="9" height="9" rx="2" fill="${colour(name)}"/>${text(at + 13, top - 6, name)}`;
          at += 34 + name.length * 6.6;
          return entry;
        });
  return [...grid, text(LEFT, top - 6, label), ...legend, ...boxes, ...curves].join('');
}

function curveOf(
  { points, isStepped = false, isDotted = false }: Line,
  x: (value: number) => number,
  y: (value: number) => number,
  colour: string,
): string {
  const placed = points.map(([at, value]) => [round(x(at)), round(y(value))] as const);
  if (isDotted) return placed.map(([cx, cy]) => `<circle cx="${cx}" cy="${cy}" r="2.2" fill="${colour}"/>`).join('');
  const path = placed.map(([left, top], i) =>
    i === 0 ? `M${left} ${top}` : isStepped ? `H${left}V${top}` : `L${left} ${top}`,
  );
  return `<path d="${path.join('')}" fill="none" stroke="${colour}" stroke-width="1.6" stroke-linejoin="round"/>`;
}

function text(x: number, y: number, what: string, anchor = 'start', fill = SOFT): string {
  return `<text x="${round(x)}" y="${round(y)}" fill="${fill}" text-anchor="${anchor}">${escaped(what)}</text>`;
}

function steps({ from, to, step }: { from: number; to: number; step: number }): number[] {
  return Array.from({ length: Math.floor((to - from) / step + 1e-9) + 1 }, (_, i) => from + i * step);
}

function short(value: number): string {
  return String(Number(value.toPrecision(6)));
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escaped(what: string): string {
  return what.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
