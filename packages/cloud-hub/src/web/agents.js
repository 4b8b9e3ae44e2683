import { agoText, countText, numberText } from './format.js';
import { gapDetails } from './gaps.js';

const EVERY_MS = 2_000;

/** The agents' cards, asked for again and again. Emits `gaps` when more or other samples are known to be missing. */
export class Agents extends EventTarget {
  #list = document.getElementById('agent-list');
  #none = document.getElementById('no-agents');
  #totals = document.getElementById('totals');
  #cards = new Map();
  #gaps;

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
    // A card that is open or has the focus stays the same element.
    const cards = new Map(agents.map(({ id }) => [id, this.#cards.get(id) ?? new Card()]));
    for (const [id, card] of this.#cards) if (!cards.has(id)) card.item.remove();
    this.#cards = cards;
    for (const agent of agents) {
      const card = cards.get(agent.id);
      card.show(agent);
      if (!card.item.isConnected) this.#list.append(card.item);
    }
    const samples = agents.reduce((sum, { acked }) => sum + acked.samples, 0);
    this.#totals.textContent = agents.length > 0 ? `${countText(samples)} samples received` : '';
    const gaps = JSON.stringify(agents.map((agent) => agent.gaps));
    if (this.#gaps !== undefined && gaps !== this.#gaps) this.dispatchEvent(new CustomEvent('gaps'));
    this.#gaps = gaps;
  }
}

class Card {
  item = document.createElement('li');
  #title = line('h3', '');
  #state = line('span', 'pill');
  #problem = line('p', 'bad');
  #text = line('p', 'quiet');
  #dropped = line('p', 'warn');
  #gapsBox = document.createElement('div');
  #gaps = '[]';

  constructor() {
    const bar = line('div', 'bar');
    bar.append(this.#title, this.#state);
    this.#problem.setAttribute('role', 'status');
    this.item.append(bar, this.#problem, this.#text, this.#dropped, this.#gapsBox);
  }

  show({ id, site, connected, lastSeen, problem, acked, dropped, backlog, gaps }) {
    this.#title.textContent = `${id} · ${site}`;
    this.#state.textContent = connected ? 'connected' : 'away';
    this.#state.dataset.state = connected ? 'connected' : 'offline';
    setLine(this.#problem, problem ?? '');
    const waiting = backlog.samples > 0 ? `${countText(backlog.samples)} waiting` : 'nothing waiting';
    const seen = connected ? '' : ` · seen ${agoText(lastSeen)}`;
    setLine(this.#text, `${countText(acked.samples)} received · ${waiting}${seen}`);
    const drops = Object.entries(dropped).map(([reason, samples]) => `${numberText(samples)} by ${reason}`);
    setLine(this.#dropped, drops.length > 0 ? `Not kept: ${drops.join(', ')}` : '');
    const text = JSON.stringify(gaps);
    if (text === this.#gaps) return;
    this.#gaps = text;
    const wasOpen = this.#gapsBox.querySelector('details')?.open ?? false;
    this.#gapsBox.replaceChildren();
    if (gaps.length === 0) return;
    const details = gapDetails(gaps.map((gap) => ({ ...gap, from: gap.firstTime, to: gap.lastTime })));
    details.open = wasOpen;
    this.#gapsBox.append(details);
  }
}

function line(name, className) {
  const made = document.createElement(name);
  if (className) made.className = className;
  return made;
}

/** Also so that what is announced is announced once. */
function setLine(node, text) {
  if (node.textContent !== text) node.textContent = text;
  node.hidden = text === '';
}
