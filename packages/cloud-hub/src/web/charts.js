import { drawable, unitText, valueText } from './format.js';
import uPlot from './uplot.js';

const MOST_CHARTS = 8;
/** The past comes in so many windows; live points are added as they are. */
const PAST_WINDOWS = 600;
const MOST_POINTS = 20_000;
const HEIGHT_PIXELS = 200;

const DATE = '{YYYY}-{MM}-{DD}';
const DATE_BELOW = `\n${DATE}`;
/** uPlot's table of time labels: from seconds between labels; label; then by what began since the label before: year, month, day, hour, minute, second. */
const timeLabels = [
  [86_400, DATE, null, null, null, null, null, null, 1],
  [60, '{HH}:{mm}', DATE_BELOW, null, DATE_BELOW, null, null, null, 1],
  [1, '{HH}:{mm}:{ss}', DATE_BELOW, null, DATE_BELOW, null, null, null, 1],
  [0.001, ':{ss}.{fff}', DATE_BELOW, null, DATE_BELOW, null, '\n{HH}:{mm}', null, 1],
];

/** One chart for each chosen series. Emits `chosen` with the paths. */
export class Charts extends EventTarget {
  #live;
  #list = document.getElementById('chart-list');
  #none = document.getElementById('no-charts');
  #charts = new Map();
  #span = Number(document.getElementById('span').value);

  constructor(live) {
    super();
    this.#live = live;
    document.getElementById('span').addEventListener('change', ({ target }) => {
      this.#span = Number(target.value);
      for (const chart of this.#charts.values()) chart.load(this.#span);
    });
    new ResizeObserver(() => {
      for (const chart of this.#charts.values()) chart.resize();
    }).observe(this.#list);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
      for (const chart of this.#charts.values()) chart.redraw();
    });
  }

  get paths() {
    return [...this.#charts.keys()];
  }

  toggle(path) {
    if (this.#charts.has(path)) this.#remove(path);
    else this.#add(path);
    this.#none.hidden = this.#charts.size > 0;
    this.dispatchEvent(new CustomEvent('chosen', { detail: this.paths }));
  }

  /** New points by series. */
  add(changed) {
    for (const [series, points] of changed) this.#charts.get(series.path)?.add(points, series);
  }

  #add(path) {
    if (this.#charts.size === MOST_CHARTS) this.#remove(this.#charts.keys().next().value);
    const chart = new Chart(path, this.#live, () => this.toggle(path));
    this.#charts.set(path, chart);
    this.#list.append(chart.box);
    chart.load(this.#span);
  }

  #remove(path) {
    this.#charts.get(path).box.remove();
    this.#charts.delete(path);
  }
}

class Chart {
  box = document.createElement('article');
  #path;
  #live;
  #latest = document.createElement('span');
  #plotBox = document.createElement('div');
  #plot;
  #times = [];
  #values = [];
  #span = 0;
  #drawing = false;

  constructor(path, live, close) {
    this.#path = path;
    this.#live = live;
    this.box.className = 'chart';
    const bar = document.createElement('div');
    bar.className = 'bar';
    const title = document.createElement('h3');
    title.textContent = path;
    this.#latest.className = 'latest';
    const button = document.createElement('button');
    button.textContent = '×';
    button.setAttribute('aria-label', `Close the chart of ${path}`);
    button.addEventListener('click', close);
    bar.append(title, this.#latest, button);
    this.#plotBox.className = 'plot';
    this.box.append(bar, this.#plotBox);
  }

  async load(span) {
    this.#span = span;
    const last = this.#live.series.get(this.#path)?.time ?? Date.now() * 1000;
    const to = Number.isFinite(last) ? last + 1 : Date.now() * 1000;
    const query = new URLSearchParams({
      series: this.#path,
      from: String(Math.round(to - span * 1e6)),
      to: String(to),
      every: `${Math.max(1, Math.ceil((span * 1000) / PAST_WINDOWS))}ms`,
      fn: 'last',
    });
    const response = await fetch(`/api/v1/aggregate?${query}`);
    if (span !== this.#span) return;
    const { rows } = response.ok ? await response.json() : { rows: [] };
    const later = this.#times.map((time, i) => [time, this.#values[i]]).filter(([time]) => time * 1e6 >= to);
    this.#times = [...rows.map(([time]) => time / 1e6), ...later.map(([time]) => time)];
    this.#values = [...rows.map(([, value]) => drawable(value)), ...later.map(([, value]) => value)];
    this.redraw();
  }

  add(points, series) {
    this.#latest.textContent = `${valueText(series.value)} ${unitText(series.unit)}`;
    for (const [time, value] of points) {
      const seconds = time / 1e6;
      // A late point is in the past that is asked for again with the next choice of span.
      if (seconds <= (this.#times.at(-1) ?? -Infinity)) continue;
      this.#times.push(seconds);
      this.#values.push(drawable(value));
    }
    const oldest = (this.#times.at(-1) ?? 0) - this.#span;
    const kept = this.#times.findIndex((time) => time >= oldest);
    const drop = Math.max(kept, this.#times.length - MOST_POINTS);
    if (drop > 0) {
      this.#times.splice(0, drop);
      this.#values.splice(0, drop);
    }
    if (this.#drawing || !this.#plot) return;
    this.#drawing = true;
    requestAnimationFrame(() => {
      this.#drawing = false;
      this.#plot?.setData(this.#data());
    });
  }

  resize() {
    this.#plot?.setSize({ width: this.#plotBox.clientWidth, height: HEIGHT_PIXELS });
  }

  redraw() {
    this.#plot?.destroy();
    const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(name);
    const axis = {
      stroke: color('--quiet'),
      grid: { stroke: color('--line'), width: 1 },
      ticks: { stroke: color('--line') },
    };
    const options = {
      width: this.#plotBox.clientWidth,
      height: HEIGHT_PIXELS,
      legend: { show: false },
      cursor: { y: false },
      scales: { x: { time: true } },
      axes: [
        { ...axis, values: timeLabels },
        { ...axis, size: 64 },
      ],
      series: [{}, { stroke: color('--accent'), width: 1.5, points: { show: false }, ...this.#paths() }],
    };
    this.#plot = new uPlot(options, this.#data(), this.#plotBox);
  }

  /** A switch has no values between its two. */
  #paths() {
    const isSwitch = typeof this.#live.series.get(this.#path)?.value === 'boolean';
    return isSwitch ? { paths: uPlot.paths.stepped({ align: 1 }) } : {};
  }

  #data() {
    return [this.#times, this.#values.map((value) => (Number.isFinite(value) ? value : null))];
  }
}
