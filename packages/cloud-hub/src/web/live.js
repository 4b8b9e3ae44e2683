import { drawable } from './format.js';

/** Points that a series remembers for its sparkline. */
const RECENT = 60;
const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 10_000;

/**
 * Follows all series over the hub's WebSocket and keeps the latest of each. Emits `state`, `series` (new ones came),
 * and `points`, with the series that have new points.
 */
export class Live extends EventTarget {
  /** By path: path, unit, value, quality, time in µs, and recent values. */
  series = new Map();
  truncated = false;
  #retryMs = FIRST_RETRY_MS;

  start() {
    const url = new URL('/api/v1/live', location.href);
    url.protocol = url.protocol.replace('http', 'ws');
    const socket = new WebSocket(url);
    const byId = new Map();
    socket.addEventListener('open', () => {
      this.#retryMs = FIRST_RETRY_MS;
      socket.send(JSON.stringify({ subscribe: '**' }));
      this.#emit('state', 'live');
    });
    socket.addEventListener('message', ({ data }) => this.#receive(JSON.parse(data), byId));
    socket.addEventListener('close', () => {
      this.#emit('state', 'offline');
      setTimeout(() => this.start(), this.#retryMs);
      this.#retryMs = Math.min(this.#retryMs * 2, LONGEST_RETRY_MS);
    });
  }

  #receive(line, byId) {
    for (const { id, path, unit } of line.series) {
      let series = this.series.get(path);
      if (!series) this.series.set(path, (series = { path, unit, time: -Infinity, recent: [] }));
      byId.set(id, series);
    }
    this.truncated = line.truncated;
    if (line.series.length > 0) this.#emit('series');
    const changed = new Map();
    for (const [id, time, value, quality] of line.points) {
      const series = byId.get(id);
      if (!series) continue;
      const points = changed.get(series);
      if (points) points.push([time, value, quality]);
      else changed.set(series, [[time, value, quality]]);
      if (time <= series.time) continue;
      Object.assign(series, { time, value, quality });
      series.recent.push(drawable(value));
      if (series.recent.length > RECENT) series.recent.shift();
    }
    this.#emit('points', changed);
  }

  #emit(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
