import { bytesText, countText } from './format.js';

const EVERY_MS = 5_000;

/** What the hub's store holds, and what is wrong with it. */
export class StoreLine {
  #text = document.getElementById('store-text');
  #troubles = document.getElementById('store-troubles');

  async start() {
    for (;;) {
      try {
        const response = await fetch('/api/v1/store');
        if (response.ok) this.#show(await response.json());
      } catch (error) {
        // The connection's own state already says that the hub is away.
        console.debug(error);
      }
      await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
    }
  }

  #show({ hot, files, work, troubles }) {
    const inFiles =
      files.count === 0
        ? 'no files yet'
        : `${countText(files.samples)} samples in ${files.count} ${files.count === 1 ? 'file' : 'files'}, ${bytesText(files.bytes)}`;
    const jobs = [
      [work.written, 'written'],
      [work.merged, 'merged'],
      [work.expired + work['size limit'], 'cut by age or size'],
    ].filter(([times]) => times > 0);
    const done =
      jobs.length > 0 ? ` · since the start ${jobs.map(([times, what]) => `${times} × ${what}`).join(', ')}` : '';
    this.#text.textContent = `${inFiles} · ${countText(hot.samples)} samples to be put into files, at most ${countText(hot.limit)}${done}`;
    const text = troubles.join('\n');
    if (this.#troubles.textContent !== text) this.#troubles.textContent = text;
    this.#troubles.hidden = troubles.length === 0;
  }
}
