import { setTimeout as pause } from 'node:timers/promises';

/** Files that the hub has made of hot tables, and of several files, over all of its lives. */
export interface HubFiles {
  readonly written: number;
  readonly merged: number;
}

const LOOK_EVERY_MS = 300;
const KINDS = ['written', 'merged'] as const;

/** Adds up what the hub counts since it started: what it did after the last look before a kill is not in it. */
export class HubFileCount implements AsyncDisposable {
  readonly #url: string;
  readonly #stop = new AbortController();
  readonly #looking: Promise<void>;
  readonly #earlier = { written: 0, merged: 0 };
  #last = { written: 0, merged: 0 };

  constructor(hubUrl: string) {
    this.#url = `${hubUrl}/metrics`;
    this.#looking = this.#look();
  }

  get total(): HubFiles {
    return { written: this.#earlier.written + this.#last.written, merged: this.#earlier.merged + this.#last.merged };
  }

  async #look(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      // While the hub is down it says nothing.
      const text = await fetch(this.#url, { signal })
        .then((response) => response.text())
        .catch(() => undefined);
      if (text !== undefined) this.#add(text);
      await pause(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  #add(metrics: string): void {
    const now = { written: 0, merged: 0 };
    for (const kind of KINDS) {
      const line = new RegExp(`^sluis_hub_compactions_total\\{outcome="${kind}"\\} (\\d+)$`, 'm');
      now[kind] = Number(line.exec(metrics)?.[1] ?? 0);
    }
    // Another life of the hub.
    const isAnother = KINDS.some((kind) => now[kind] < this.#last[kind]);
    if (isAnother) for (const kind of KINDS) this.#earlier[kind] += this.#last[kind];
    this.#last = now;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#looking;
  }
}
