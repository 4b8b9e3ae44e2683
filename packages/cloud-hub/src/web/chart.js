import { drawable, numberText, timeText, unitText, valueText } from './format.js';
import { gapDetails, gapText } from './gaps.js';
import uPlot from './uplot.js';

const MOST_PIXELS = 4096;
const MOST_POINTS = 20_000;
const MOST_CHANGES = 200;
const HEIGHT_PIXELS = 200;
/** Live points are as they come; when there are many the past is asked for again, so often at most. */
const LIVE_PER_PIXEL = 2;
const RELOAD_MS = 10_000;
/** Between labels of time, so that they do not touch. */
const LABEL_PIXELS = 80;
/** A gap of a moment is seen, too. */
const LEAST_BAND_PIXELS = 3;

const DATE = '{YYYY}-{MM}-{DD}';
const DATE_BELOW = `\n${DATE}`;
/** uPlot's table of time labels: from seconds between labels; label; then by what began since the label before: year, month, day, hour, minute, second. */
const timeLabels = [
  [86_400, DATE, null, null, null, null, null, null, 1],
  [60, '{HH}:{mm}', DATE_BELOW, null, DATE_BELOW, null, null, null, 1],
  [1, '{HH}:{mm}:{ss}', DATE_BELOW, null, DATE_BELOW, null, null, null, 1],
  [0.001, ':{ss}.{fff}', DATE_BELOW, null, DATE_BELOW, null, '\n{HH}:{mm}', null, 1],
];

/** One series in a range of time: a line with what is missing in it, or a list of the changes of texts. */
export class Chart {
  box = document.createElement('article');
  #path;
  #live;
  #zoom;
  #latest = element('span', 'latest');
  #note = element('p', 'note quiet');
  #readout = element('p', 'readout quiet');
  #plotBox = element('div', 'plot');
  #gapsBox = element('div', '');
  #plot;
  #form = 'line';
  #times = [];
  #values = [];
  /** Of texts: time, value, quality. */
  #changes = [];
  #gaps = [];
  #range = {};
  #shown = {};
  #loading;
  #loadedAt = 0;
  #fresh = 0;
  #drawing = false;

  /** `zoom` is called with the times, in µs, that were chosen by dragging. */
  constructor({ path, live, close, zoom }) {
    this.#path = path;
    this.#live = live;
    this.#zoom = zoom;
    this.box.className = 'chart';
    const bar = element('div', 'bar');
    const title = element('h3', '');
    title.textContent = path;
    const button = element('button', '');
    button.textContent = '×';
    button.setAttribute('aria-label', `Close the chart of ${path}`);
    button.addEventListener('click', close);
    bar.append(title, this.#latest, button);
    const below = element('div', 'bar below');
    const links = element('p', 'export quiet');
    links.append('Export ', this.#link('csv', 'CSV'), ' ', this.#link('parquet', 'Parquet'));
    below.append(this.#readout, links);
    this.#plotBox.setAttribute('role', 'img');
    this.#note.setAttribute('role', 'status');
    this.box.append(bar, this.#note, this.#plotBox, below, this.#gapsBox);
  }

  /** `range`: `{ last }` µs before the latest sample, `{ from, to }`, or `{}` for all. */
  async load(range = this.#range) {
    this.#range = range;
    this.#loading?.abort();
    const loading = new AbortController();
    this.#loading = loading;
    this.#loadedAt = Date.now();
    this.#fresh = 0;
    const pixels = Math.max(1, Math.min(MOST_PIXELS, Math.round(this.#plotBox.clientWidth * devicePixelRatio)));
    const query = new URLSearchParams({ series: this.#path, ...this.#asked(), pixels });
    try {
      const response = await fetch(`/api/v1/chart?${query}`, { signal: loading.signal });
      const answer = await response.json();
      if (response.ok) this.#take(answer);
      this.#note.textContent = response.ok ? this.#noteText() : `${answer.error.message}: ${answer.error.hint}`;
    } catch (error) {
      if (!loading.signal.aborted) this.#note.textContent = 'The hub does not answer: what is shown may be old.';
      console.debug(error);
    }
  }

  get shown() {
    return this.#shown;
  }

  /** Points of time, value and quality. */
  add(points, series) {
    const quality = series.quality === 'good' ? '' : ` (${series.quality})`;
    this.#latest.textContent = `${valueText(series.value)} ${unitText(series.unit)}${quality}`.trim();
    if (this.#range.from !== undefined) return;
    for (const [time, value, of] of points) {
      // A late point is in the past that is asked for again.
      if (time / 1e6 <= (this.#times.at(-1) ?? -Infinity)) continue;
      this.#push(time, value, of);
      this.#fresh++;
    }
    this.#trim();
    const many = this.#fresh > LIVE_PER_PIXEL * this.#plotBox.clientWidth;
    if (many && Date.now() - this.#loadedAt > RELOAD_MS) void this.load();
    this.#drawSoon();
  }

  resize() {
    this.#plot?.setSize({ width: this.#plotBox.clientWidth, height: HEIGHT_PIXELS });
  }

  remove() {
    this.#loading?.abort();
    this.#plot?.destroy();
    this.box.remove();
  }

  redraw() {
    this.#plot?.destroy();
    this.#plot = undefined;
    this.#plotBox.replaceChildren();
    if (this.#form === 'changes') {
      this.#drawChanges();
      return;
    }
    const axis = {
      stroke: color('--quiet'),
      grid: { stroke: color('--line'), width: 1 },
      ticks: { stroke: color('--line') },
    };
    const options = {
      width: this.#plotBox.clientWidth,
      height: HEIGHT_PIXELS,
      legend: { show: false },
      cursor: { y: false, drag: { x: true, y: false, setScale: false } },
      scales: { x: { time: true, range: () => this.#edges() } },
      axes: [
        { ...axis, values: timeLabels, space: LABEL_PIXELS },
        { ...axis, size: 64, ...(this.#isSwitch() && { incrs: [1] }) },
      ],
      series: [{}, { stroke: color('--accent'), width: 1.5, points: { size: 4 }, ...this.#paths() }],
      hooks: {
        drawClear: [(plot) => this.#drawBands(plot)],
        setCursor: [(plot) => this.#read(plot)],
        setSelect: [(plot) => this.#select(plot)],
      },
    };
    this.#plot = new uPlot(options, this.#data(), this.#plotBox);
    this.#describe();
  }

  #asked() {
    const { last, from, to } = this.#range;
    if (from !== undefined) return { from, to };
    if (last === undefined) return {};
    const latest = this.#live.series.get(this.#path)?.time;
    const end = Number.isFinite(latest) ? latest + 1 : Date.now() * 1000;
    return { from: end - last, to: end };
  }

  #take({ form, rows, gaps, from, to }) {
    const live = this.#range.from === undefined;
    // What came while the answer was made.
    const later = live
      ? this.#times.map((time, i) => [time, this.#values[i]]).filter(([time]) => time * 1e6 >= to)
      : [];
    this.#form = form;
    this.#gaps = gaps;
    const { from: asked = from, to: until = to } = this.#asked();
    this.#shown = { from: asked, to: until };
    this.#times = [];
    this.#values = [];
    this.#changes = [];
    for (const [time, value, quality] of rows) this.#push(time, value, quality);
    if (form === 'line') {
      this.#times.push(...later.map(([time]) => time));
      this.#values.push(...later.map(([, value]) => value));
    }
    this.#gapsBox.replaceChildren(...(gaps.length > 0 ? [gapDetails(gaps)] : []));
    this.redraw();
  }

  #push(time, value, quality) {
    this.#times.push(time / 1e6);
    const number = quality === 'bad' ? Number.NaN : drawable(value);
    this.#values.push(Number.isFinite(number) ? number : null);
    if (this.#form !== 'changes') return;
    const before = this.#changes.at(-1);
    if (before?.value === value && before.quality === quality) return;
    this.#changes.push({ time, value, quality });
    if (this.#changes.length > MOST_CHANGES) this.#changes.shift();
  }

  #trim() {
    const { last = Infinity } = this.#range;
    const oldest = (this.#times.at(-1) ?? 0) - last / 1e6;
    const drop = Math.max(
      this.#times.findIndex((time) => time >= oldest),
      this.#times.length - MOST_POINTS,
    );
    if (drop <= 0) return;
    this.#times.splice(0, drop);
    this.#values.splice(0, drop);
  }

  #drawSoon() {
    if (this.#drawing) return;
    this.#drawing = true;
    requestAnimationFrame(() => {
      this.#drawing = false;
      if (this.#form === 'changes') this.#drawChanges();
      else this.#plot?.setData(this.#data());
      this.#describe();
    });
  }

  /** A line ends where all between two points is known to be missing. */
  #data() {
    const breaks = [];
    for (const { from, to } of this.#gaps) {
      if (from === null || to === null) continue;
      const after = firstAfter(this.#times, from / 1e6);
      if (after > 0 && this.#times[after] >= to / 1e6) breaks.push([after, from / 1e6]);
    }
    if (breaks.length === 0) return [this.#times, this.#values];
    const [times, values] = [[...this.#times], [...this.#values]];
    // From the end, so that places before stay what they are.
    for (const [after, time] of breaks.sort(([a, one], [b, other]) => b - a || other - one)) {
      times.splice(after, 0, Math.max(time, times[after - 1]));
      values.splice(after, 0, null);
    }
    return [times, values];
  }

  /** In seconds: what was asked for, or, of the latest, as much as there is. */
  #edges() {
    const { from, to } = this.#range;
    if (from !== undefined) return [from / 1e6, to / 1e6];
    const { last = Infinity } = this.#range;
    const end = this.#times.at(-1) ?? this.#shown.to / 1e6;
    const starts = [
      this.#times[0] ?? end,
      ...this.#gaps.filter((gap) => gap.from !== null).map((gap) => gap.from / 1e6),
    ];
    const start = Math.max(Math.min(...starts), end - last / 1e6);
    // A single sample stands in the middle of a second.
    return start < end ? [start, end] : [end - 0.5, end + 0.5];
  }

  #drawBands(plot) {
    const { ctx, bbox } = plot;
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    ctx.fillStyle = color('--warn');
    for (const { from, to } of this.#gaps) {
      if (from === null || to === null) continue;
      const left = plot.valToPos(from / 1e6, 'x', true);
      const width = Math.max(LEAST_BAND_PIXELS * devicePixelRatio, plot.valToPos(to / 1e6, 'x', true) - left);
      ctx.globalAlpha = 0.16;
      ctx.fillRect(left, bbox.top, width, bbox.height);
      ctx.globalAlpha = 0.9;
      ctx.fillRect(left, bbox.top, width, 3 * devicePixelRatio);
    }
    ctx.restore();
  }

  /** What is under the pointer. */
  #read(plot) {
    const { idx, left } = plot.cursor;
    const [times, values] = plot.data;
    if (left === undefined || left < 0) {
      this.#readout.textContent = '';
      return;
    }
    const time = plot.posToVal(left, 'x') * 1e6;
    const spare = (plot.posToVal(left + LEAST_BAND_PIXELS, 'x') - plot.posToVal(left, 'x')) * 1e6;
    const gap = this.#gaps.find(({ from, to }) => from !== null && time >= from - spare && time <= to + spare);
    const value = idx === null || idx === undefined ? null : values[idx];
    const unit = unitText(this.#live.series.get(this.#path)?.unit ?? '');
    const reading =
      value === null || value === undefined
        ? ''
        : `${timeText(Math.round(times[idx] * 1e6))}  ${valueText(value)} ${unit}`;
    this.#readout.textContent = gap ? `Missing here: ${gapText(gap)}` : reading;
    this.#readout.classList.toggle('warn', gap !== undefined);
  }

  #select(plot) {
    const { left, width } = plot.select;
    if (width === 0) return;
    const [from, to] = [left, left + width].map((at) => Math.round(plot.posToVal(at, 'x') * 1e6));
    plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    if (to > from) this.#zoom({ from, to });
  }

  #isSwitch() {
    return typeof this.#live.series.get(this.#path)?.value === 'boolean';
  }

  /** A switch has no values between its two. */
  #paths() {
    return this.#isSwitch() ? { paths: uPlot.paths.stepped({ align: 1 }) } : {};
  }

  #drawChanges() {
    const list = element('ol', 'changes');
    list.tabIndex = 0;
    list.setAttribute('aria-label', `Changes of ${this.#path}, the latest first`);
    for (const { time, value, quality } of this.#changes.toReversed()) {
      const item = element('li', '');
      const when = element('span', 'quiet');
      when.textContent = timeText(time);
      const text = element('span', quality === 'good' ? '' : 'warn');
      text.textContent = quality === 'good' ? value : `${value} (${quality})`;
      item.append(when, text);
      list.append(item);
    }
    this.#plotBox.removeAttribute('role');
    this.#plotBox.replaceChildren(list);
  }

  #noteText() {
    if (this.#times.length === 0) return 'No samples in this range.';
    const drawn = this.#values.some((value) => value !== null) || this.#form === 'changes';
    return drawn ? '' : 'Nothing to draw in this range: the samples are bad, or no numbers.';
  }

  #describe() {
    if (this.#form === 'changes') return;
    const values = this.#values.filter((value) => value !== null);
    const [low, high] = [Math.min, Math.max].map((pick) => valueText(values.reduce((a, b) => pick(a, b), values[0])));
    const range = values.length > 0 ? `, from ${low} to ${high}` : '';
    const gaps = this.#gaps.length > 0 ? `, ${this.#gaps.length} ${this.#gaps.length === 1 ? 'gap' : 'gaps'}` : '';
    this.#plotBox.setAttribute('role', 'img');
    this.#plotBox.setAttribute(
      'aria-label',
      `Line of ${this.#path}, ${numberText(values.length)} points${range}${gaps}`,
    );
  }

  /** Of what is shown when it is followed. */
  #link(format, text) {
    const link = element('a', '');
    link.textContent = text;
    link.setAttribute('download', '');
    link.setAttribute('aria-label', `Export ${this.#path} in this range as ${text}`);
    const point = () => {
      link.href = `/api/v1/samples?${new URLSearchParams({ series: this.#path, ...this.#asked(), format })}`;
    };
    point();
    for (const event of ['pointerenter', 'focus', 'click']) link.addEventListener(event, point);
    return link;
  }
}

/** Times ascend. */
function firstAfter(times, time) {
  let [low, high] = [0, times.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle] > time) high = middle;
    else low = middle + 1;
  }
  return low;
}

function color(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name);
}

function element(name, className) {
  const made = document.createElement(name);
  if (className) made.className = className;
  return made;
}
