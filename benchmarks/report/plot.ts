import type { Axis, Plot } from '../scenario.ts';
import { escape } from './escape.ts';
import { short } from './numbers.ts';
import { linearScale, logScale, type Scale } from './scale.ts';

const WIDTH = 560;
const HEIGHT = 300;
const LEFT = 64;
const RIGHT = 16;
const TOP = 12;
const BOTTOM = 46;
/** As many colours as the style sheet has. */
const COLOURS = 6;
/** Of the room between two places on the x axis, what bars take. */
const BAR_SHARE = 0.72;
/** More points than that are a line without marks. */
const MARKED_POINTS = 40;

type Point = readonly [number, number];
type Line = Plot['lines'][number];

interface Frame {
  x(value: number): number;
  y(value: number): number;
  readonly base: number;
}

/** A figure with its title, its legend and an SVG that takes its colours from the style of the page. */
export function plotOf(plot: Plot): string {
  const points = plot.lines.flatMap((line) => line.points);
  const title = `<figcaption>${escape(plot.title)}</figcaption>`;
  if (points.length === 0) return `<figure>${title}<p>no points</p></figure>`;
  return `<figure>${title}${svgOf(plot, points)}${legendOf(plot.lines)}</figure>`;
}

function svgOf({ title, kind, x, y, lines }: Plot, points: readonly Point[]): string {
  const places = [...new Set(points.map(([at]) => at))].sort((a, b) => a - b);
  const xScale = kind === 'bars' ? placesScale(places) : scaleOf(x, places);
  // Bars and areas are read by their size, so they begin at 0; a line that is far from it need not.
  const yScale = scaleOf(
    y,
    points.map(([, value]) => value),
    0,
  );
  const right = WIDTH - RIGHT;
  const bottom = HEIGHT - BOTTOM;
  const frame: Frame = {
    x: (value) => LEFT + xScale.at(value) * (right - LEFT),
    y: (value) => bottom - yScale.at(value) * (bottom - TOP),
    base: bottom,
  };
  const grid = yScale.ticks.map((tick) => {
    const at = round(frame.y(tick));
    return `<path class="grid" d="M${LEFT} ${at}H${right}"/><text x="${LEFT - 8}" y="${at}" class="y">${short(tick)}</text>`;
  });
  const ticks = xScale.ticks.map(
    (tick) => `<text x="${round(frame.x(tick))}" y="${bottom + 18}" class="x">${short(tick)}</text>`,
  );
  const drawn = lines.map((line, index) => {
    const shapes = kind === 'bars' ? bars(line, index, lines.length, places, frame) : drawnLine(line, kind, frame);
    return `<g class="c${index % COLOURS}">${shapes}</g>`;
  });
  return `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escape(title)}">
${grid.join('')}<path class="axis" d="M${LEFT} ${bottom}H${right}"/>${ticks.join('')}
${drawn.join('\n')}
<text x="${(LEFT + right) / 2}" y="${HEIGHT - 6}" class="x label">${escape(x.label)}</text>
<text transform="translate(13 ${(TOP + bottom) / 2}) rotate(-90)" class="x label">${escape(y.label)}</text></svg>`;
}

function drawnLine({ name, points }: Line, kind: Plot['kind'], { x, y, base }: Frame): string {
  const placed = points
    .map(([at, value]) => [round(x(at)), round(y(value)), `${name}: ${short(value)} at ${short(at)}`] as const)
    .sort((a, b) => a[0] - b[0]);
  const [first, last] = [placed[0], placed.at(-1)];
  if (!first || !last) return '';
  const path = placed.map(([left, top], i) => `${i === 0 ? 'M' : 'L'}${left} ${top}`).join('');
  const area = kind === 'histogram' ? `<path class="area" d="${path}L${last[0]} ${base}L${first[0]} ${base}Z"/>` : '';
  const marks = points.length > MARKED_POINTS ? [] : placed;
  return `${area}<path class="line" d="${path}"/>${marks
    .map(([left, top, says]) => `<circle cx="${left}" cy="${top}" r="3.5"><title>${escape(says)}</title></circle>`)
    .join('')}`;
}

/** Beside one another at each place, in the order of the lines. */
function bars(
  { name, points }: Line,
  index: number,
  of: number,
  places: readonly number[],
  { x, y, base }: Frame,
): string {
  const room = (WIDTH - LEFT - RIGHT) / places.length;
  const width = (room * BAR_SHARE) / of;
  return points
    .map(([at, value]) => {
      const left = x(at) - (width * of) / 2 + index * width;
      const top = y(value);
      const says = escape(`${name}: ${short(value)} at ${short(at)}`);
      return `<rect x="${round(left + 1)}" y="${round(top)}" width="${round(Math.max(1, width - 2))}" height="${round(Math.max(0, base - top))}" rx="2"><title>${says}</title></rect>`;
    })
    .join('');
}

/** One line needs no legend: the title says what it is. */
function legendOf(lines: readonly Line[]): string {
  if (lines.length < 2) return '';
  const entries = lines.map(({ name }, i) => `<li class="c${i % COLOURS}">${escape(name)}</li>`);
  return `<ul class="legend">${entries.join('')}</ul>`;
}

function scaleOf({ scale = 'linear' }: Axis, values: readonly number[], from?: number): Scale {
  return scale === 'log' ? logScale(values) : linearScale(values, from);
}

/** Bars stand at even distances, whatever their x: 10, 1,000 and 100,000 are three places. */
function placesScale(places: readonly number[]): Scale {
  return { ticks: places, at: (value) => (places.indexOf(value) + 0.5) / places.length };
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
