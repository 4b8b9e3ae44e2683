import type { Part } from './lane-plan.ts';

/** Of the bytes that are sent while both wait, at least this share is the backlog's. */
const BACKLOG_SHARE = 1 / 5;
const BACKLOG_PER_LIVE = BACKLOG_SHARE / (1 - BACKLOG_SHARE);

/** What has something to send, and whether the backlog may take more than its share. */
export interface Waiting {
  readonly live: boolean;
  readonly backlog: boolean;
  readonly room: boolean;
}

/**
 * Divides a line between what is live and the backlog behind it. Live goes first, and owes the backlog its share; what
 * live leaves is the backlog's as far as there is room for it.
 */
export class Share {
  /** Bytes that the backlog has still to get for what was sent live while it waited. */
  #owed = 0;

  choose({ live, backlog, room }: Waiting): Part | undefined {
    if (!backlog) this.#owed = 0;
    if (backlog && this.#owed > 0) return 'backlog';
    if (live) return 'live';
    return backlog && room ? 'backlog' : undefined;
  }

  sent(part: Part, bytes: number, { live }: Pick<Waiting, 'live'>): void {
    if (part === 'live') this.#owed += bytes * BACKLOG_PER_LIVE;
    // What the backlog took while nothing live waited is not held against it.
    else this.#owed = live ? this.#owed - bytes : Math.min(this.#owed, Math.max(this.#owed - bytes, 0));
  }
}
