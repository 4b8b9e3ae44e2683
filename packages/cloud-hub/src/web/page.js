import { Agents } from './agents.js';
import { Charts } from './charts.js';
import { Live } from './live.js';
import { SeriesList } from './series-list.js';
import { StoreLine } from './store.js';

/** The list shows new values so often: more is not legible. */
const LIST_MS = 250;
const FIRST_CHARTS = 3;

const live = new Live();
const list = new SeriesList();
const charts = new Charts(live);

const connection = document.getElementById('connection');
live.addEventListener('state', ({ detail: state }) => {
  connection.textContent = state;
  connection.dataset.state = state;
});
live.addEventListener('series', () => {
  list.truncated = live.truncated;
  list.series = live.series.values();
});
live.addEventListener('points', ({ detail: changed }) => charts.add(changed));
list.addEventListener('toggle', ({ detail: path }) => charts.toggle(path));
// Before anything listens: the address keeps the series until they are known.
const { last, from, to } = Object.fromEntries(new URLSearchParams(location.search));
charts.setRange({ last, from: Number(from ?? Number.NaN), to: Number(to ?? Number.NaN) });
charts.addEventListener('chosen', () => {
  const { paths, range } = charts;
  list.selected = paths;
  // The choice is part of the address, so that it can be kept and sent.
  history.replaceState(null, '', `?${new URLSearchParams(range)}#${paths.map(encodeURIComponent).join(',')}`);
});
setInterval(() => list.draw(), LIST_MS);

const chosen = location.hash.slice(1).split(',').filter(Boolean);
live.addEventListener('series', () => chosen.map(decodeURIComponent).forEach((path) => charts.toggle(path)), {
  once: true,
});
if (chosen.length === 0) live.addEventListener('points', showWhatMoves);

/** A page that was opened without a choice shows the first few series whose values change. */
function showWhatMoves() {
  const moving = [...live.series.values()].filter(({ recent }) => new Set(recent.filter(Number.isFinite)).size > 2);
  if (moving.length === 0) return;
  live.removeEventListener('points', showWhatMoves);
  if (charts.paths.length > 0) return;
  const inOrder = moving.map(({ path }) => path).sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
  for (const path of inOrder.slice(0, FIRST_CHARTS)) charts.toggle(path);
}

const agents = new Agents();
agents.addEventListener('gaps', () => charts.reloadSoon());

live.start();
agents.start();
new StoreLine().start();
