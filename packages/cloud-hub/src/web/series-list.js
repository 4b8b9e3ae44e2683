import { unitText, valueText } from './format.js';

const ROW_PIXELS = 44;
/** Rows drawn above and below what is seen. */
const SPARE_ROWS = 6;

/**
 * The list of series: only the rows in sight exist, so that thousands cost no more than a screenful. Emits `toggle` with
 * a path. Paths are hostile input: they only ever become text.
 */
export class SeriesList extends EventTarget {
  #box = document.getElementById('series-list');
  #rowsBox = document.getElementById('series-rows');
  #count = document.getElementById('series-count');
  #all = [];
  #shown = [];
  #words = [];
  #rows = new Map();
  #active = 0;
  #selected = new Set();
  #truncated = false;

  constructor() {
    super();
    this.#box.addEventListener('scroll', () => this.draw(), { passive: true });
    new ResizeObserver(() => this.draw()).observe(this.#box);
    this.#box.addEventListener('keydown', (event) => this.#key(event));
    this.#rowsBox.addEventListener('click', (event) => {
      const row = event.target.closest('.row');
      if (!row) return;
      this.#active = Number(row.dataset.index);
      this.#toggle();
    });
    document.getElementById('search').addEventListener('input', ({ target }) => {
      this.#words = target.value.toLowerCase().split(/\s+/).filter(Boolean);
      this.#box.scrollTop = 0;
      this.#active = 0;
      this.#filter();
    });
  }

  set series(series) {
    this.#all = [...series].sort((a, b) => a.path.localeCompare(b.path, 'en', { numeric: true }));
    this.#filter();
  }

  set truncated(truncated) {
    this.#truncated = truncated;
  }

  set selected(paths) {
    this.#selected = new Set(paths);
    this.draw();
  }

  draw() {
    const first = Math.max(0, Math.floor(this.#box.scrollTop / ROW_PIXELS) - SPARE_ROWS);
    const last = Math.min(
      this.#shown.length,
      Math.ceil((this.#box.scrollTop + this.#box.clientHeight) / ROW_PIXELS) + SPARE_ROWS,
    );
    for (const [index, row] of this.#rows) {
      if (index >= first && index < last) continue;
      row.remove();
      this.#rows.delete(index);
    }
    for (let index = first; index < last; index++) {
      let row = this.#rows.get(index);
      if (!row) {
        this.#rows.set(index, (row = newRow(index)));
        this.#rowsBox.append(row);
      }
      fill(
        row,
        this.#shown[index],
        this.#selected.has(this.#shown[index].path),
        index === this.#active,
        this.#shown.length,
      );
    }
    if (this.#shown.length > 0) this.#box.setAttribute('aria-activedescendant', rowId(this.#active));
    else this.#box.removeAttribute('aria-activedescendant');
  }

  #filter() {
    this.#shown = this.#all.filter(({ path }) => this.#words.every((word) => path.toLowerCase().includes(word)));
    this.#active = Math.min(this.#active, Math.max(0, this.#shown.length - 1));
    this.#rowsBox.style.height = `${this.#shown.length * ROW_PIXELS}px`;
    const of = this.#shown.length === this.#all.length ? '' : ` of ${this.#all.length}`;
    this.#count.textContent = `${this.#shown.length}${of}${this.#truncated ? ' (the hub has more: narrow by API)' : ''}`;
    this.draw();
  }

  #key(event) {
    const page = Math.max(1, Math.floor(this.#box.clientHeight / ROW_PIXELS) - 1);
    const moves = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -Infinity, End: Infinity };
    if (event.key in moves) {
      this.#active = Math.max(0, Math.min(this.#shown.length - 1, this.#active + moves[event.key]));
      const top = this.#active * ROW_PIXELS;
      const { scrollTop, clientHeight } = this.#box;
      if (top < scrollTop) this.#box.scrollTop = top;
      else if (top + ROW_PIXELS > scrollTop + clientHeight) this.#box.scrollTop = top + ROW_PIXELS - clientHeight;
      this.draw();
    } else if (event.key === ' ' || event.key === 'Enter') {
      this.#toggle();
    } else {
      return;
    }
    event.preventDefault();
  }

  #toggle() {
    const series = this.#shown[this.#active];
    if (series) this.dispatchEvent(new CustomEvent('toggle', { detail: series.path }));
    this.draw();
  }
}

function rowId(index) {
  return `series-row-${index}`;
}

function newRow(index) {
  const row = element('div', 'row');
  row.id = rowId(index);
  row.dataset.index = String(index);
  row.style.top = `${index * ROW_PIXELS}px`;
  row.setAttribute('role', 'option');
  row.setAttribute('aria-posinset', String(index + 1));
  const path = element('span', 'path');
  path.append(element('span', 'folder'), element('span', 'leaf'));
  const canvas = document.createElement('canvas');
  canvas.setAttribute('aria-hidden', 'true');
  const value = element('span', 'value');
  value.append(element('span', 'number'), ' ', element('span', 'unit'));
  row.append(path, canvas, value);
  return row;
}

function fill(row, series, selected, active, count) {
  const cut = series.path.lastIndexOf('/') + 1;
  setText(row.querySelector('.folder'), series.path.slice(0, cut));
  setText(row.querySelector('.leaf'), series.path.slice(cut));
  setText(row.querySelector('.number'), series.value === undefined ? '' : valueText(series.value));
  setText(row.querySelector('.unit'), unitText(series.unit));
  row.title = series.path;
  row.dataset.quality = series.quality ?? 'good';
  row.setAttribute('aria-selected', String(selected));
  row.setAttribute('aria-setsize', String(count));
  row.classList.toggle('active', active);
  sparkline(row.querySelector('canvas'), series.recent);
}

function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

function element(name, className) {
  const made = document.createElement(name);
  made.className = className;
  return made;
}

function sparkline(canvas, values) {
  const scale = devicePixelRatio;
  const width = Math.round(canvas.clientWidth * scale);
  const height = Math.round(canvas.clientHeight * scale);
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
  const context = canvas.getContext('2d');
  context.clearRect(0, 0, width, height);
  const finite = values.filter(Number.isFinite);
  if (finite.length < 2) return;
  const low = Math.min(...finite);
  const range = Math.max(...finite) - low || 1;
  context.strokeStyle = getComputedStyle(canvas).color;
  context.lineWidth = 1.5 * scale;
  context.lineJoin = 'round';
  context.beginPath();
  values.forEach((value, i) => {
    if (!Number.isFinite(value)) return;
    const x = (i / (values.length - 1)) * (width - 2 * scale) + scale;
    const y = height - 2 * scale - ((value - low) / range) * (height - 4 * scale);
    if (i === 0) context.moveTo(x, y);
    else context.lineTo(x, y);
  });
  context.stroke();
}
