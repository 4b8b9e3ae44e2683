import { Chart } from './chart.js';
import { spanText } from './format.js';

const MOST_CHARTS = 8;
/** What is known to be missing changes with each report of an agent. */
const RELOAD_MS = 10_000;
const US_PER_S = 1e6;
const LEAST_US = 10;

/** One chart for each chosen series, all in the same range. Emits `chosen` when the choice or the range changes. */
export class Charts extends EventTarget {
  #live;
  #list = document.getElementById('chart-list');
  #none = document.getElementById('no-charts');
  #text = document.getElementById('range-text');
  #picks = [...document.querySelectorAll('#ranges [data-last]')];
  #charts = new Map();
  #pick = '300';
  /** Times chosen by dragging or by the buttons, in µs. */
  #zoom;
  #reload;

  constructor(live) {
    super();
    this.#live = live;
    for (const button of this.#picks) {
      button.addEventListener('click', () => this.setRange({ last: button.dataset.last }));
    }
    const by = (id, move) => document.getElementById(id).addEventListener('click', () => this.#move(move));
    by('zoom-in', (from, to) => [from + (to - from) / 4, to - (to - from) / 4]);
    by('zoom-out', (from, to) => [from - (to - from) / 2, to + (to - from) / 2]);
    by('earlier', (from, to) => [from - (to - from) / 2, to - (to - from) / 2]);
    by('later', (from, to) => [from + (to - from) / 2, to + (to - from) / 2]);
    new ResizeObserver(() => {
      for (const chart of this.#charts.values()) chart.resize();
    }).observe(this.#list);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
      for (const chart of this.#charts.values()) chart.redraw();
    });
    this.#showRange();
  }

  get paths() {
    return [...this.#charts.keys()];
  }

  /** As parameters of the page's address. */
  get range() {
    return this.#zoom ? { from: this.#zoom.from, to: this.#zoom.to } : { last: this.#pick };
  }

  /** `{ from, to }` in µs, or `{ last }`: seconds or `all`; what is neither changes nothing. */
  setRange({ last, from, to }) {
    if (Number.isSafeInteger(from) && Number.isSafeInteger(to) && from < to) this.#zoom = { from, to };
    else if (this.#picks.some((button) => button.dataset.last === last)) [this.#pick, this.#zoom] = [last, undefined];
    else return;
    this.#showRange();
    this.reload();
    this.#changed();
  }

  toggle(path) {
    if (this.#charts.has(path)) this.#remove(path);
    else this.#add(path);
    this.#none.hidden = this.#charts.size > 0;
    this.#changed();
  }

  /** New points by series. */
  add(changed) {
    for (const [series, points] of changed) this.#charts.get(series.path)?.add(points, series);
  }

  reload() {
    for (const chart of this.#charts.values()) void chart.load(this.#range());
  }

  reloadSoon() {
    if (this.#reload !== undefined) return;
    this.#reload = setTimeout(() => {
      this.#reload = undefined;
      this.reload();
    }, RELOAD_MS);
  }

  #range() {
    if (this.#zoom) return this.#zoom;
    return this.#pick === 'all' ? {} : { last: Number(this.#pick) * US_PER_S };
  }

  #showRange() {
    for (const button of this.#picks) {
      button.setAttribute('aria-pressed', String(!this.#zoom && button.dataset.last === this.#pick));
    }
    this.#text.textContent = this.#zoom ? spanText(this.#zoom.from, this.#zoom.to) : '';
  }

  #move(move) {
    const { from, to } = this.#zoom ?? this.#charts.values().next().value?.shown ?? {};
    if (from === undefined) return;
    const [first, last] = move(from, to).map(Math.round);
    if (last - first >= LEAST_US) this.setRange({ from: first, to: last });
  }

  #add(path) {
    if (this.#charts.size === MOST_CHARTS) this.#remove(this.#charts.keys().next().value);
    const chart = new Chart({
      path,
      live: this.#live,
      close: () => this.toggle(path),
      zoom: (times) => this.setRange(times),
    });
    this.#charts.set(path, chart);
    this.#list.append(chart.box);
    const series = this.#live.series.get(path);
    if (series?.value !== undefined) chart.add([], series);
    void chart.load(this.#range());
  }

  #remove(path) {
    this.#charts.get(path).remove();
    this.#charts.delete(path);
  }

  #changed() {
    this.dispatchEvent(new CustomEvent('chosen'));
  }
}
