import { agoText, countText } from './format.js';

const EVERY_MS = 2_000;

/** The agents' cards, asked for again and again. */
export class Agents {
  #list = document.getElementById('agent-list');
  #none = document.getElementById('no-agents');
  #totals = document.getElementById('totals');

  async start() {
    for (;;) {
      try {
        const response = await fetch('/api/v1/agents');
        if (response.ok) this.#show((await response.json()).agents);
      } catch (error) {
        // The connection's own state already says that the hub is away.
        console.debug(error);
      }
      await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
    }
  }

  #show(agents) {
    this.#none.hidden = agents.length > 0;
    this.#list.replaceChildren(...agents.map(card));
    const samples = agents.reduce((sum, { acked }) => sum + acked.samples, 0);
    this.#totals.textContent = agents.length > 0 ? `${countText(samples)} samples received` : '';
  }
}

function card({ id, site, connected, lastSeen, acked, backlog, gaps }) {
  const item = document.createElement('li');
  const bar = line('div', 'bar');
  const state = line('span', 'pill', connected ? 'connected' : 'away');
  state.dataset.state = connected ? 'connected' : 'offline';
  bar.append(line('h3', '', `${id} · ${site}`), state);
  const waiting = backlog.samples > 0 ? `${countText(backlog.samples)} waiting` : 'nothing waiting';
  const seen = connected ? '' : ` · seen ${agoText(lastSeen)}`;
  item.append(bar, line('p', 'quiet', `${countText(acked.samples)} received · ${waiting}${seen}`));
  if (gaps.length > 0) {
    const lost = gaps.reduce((sum, { samples }) => sum + (samples ?? 0), 0);
    const reasons = [...new Set(gaps.map(({ reason }) => reason))].join(', ');
    const amount = lost > 0 ? `${countText(lost)} samples` : 'an unknown number of samples';
    item.append(
      line(
        'p',
        'quiet warn',
        `incomplete: ${amount} in ${gaps.length} ${gaps.length === 1 ? 'gap' : 'gaps'} (${reasons})`,
      ),
    );
  }
  return item;
}

function line(name, className, text = '') {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.textContent = text;
  return made;
}
