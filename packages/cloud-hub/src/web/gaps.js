import { numberText, spanText } from './format.js';

const reasons = {
  quota: "given up: the agent's outbox was full",
  age: 'given up: older than the agent keeps what waits',
  disk: "given up: the agent's disk was full",
  damaged: "lost: damaged on the agent's disk",
  refused: 'given up: the hub refused them',
  missing: 'missing: the agent no longer has them',
  'outbox lost': "lost with the agent's outbox",
  several: 'given up or lost, for several reasons',
};

/** What is missing, why and when, of a gap as /agents or a chart gives it. */
export function gapText({ samples, reason, lane, agent, from, to }) {
  const amount = samples === null ? 'an unknown number of samples' : `${numberText(samples)} samples`;
  const why = Object.hasOwn(reasons, reason) ? reasons[reason] : `given up: ${reason}`;
  const when = from === null || to === null ? 'at times that nobody knows' : spanText(from, to);
  return `${amount}${lane ? ` of lane ${lane}` : ''} ${why}, ${when}${agent ? ` (${agent})` : ''}`;
}

/** Several in a few words. */
export function gapsText(gaps) {
  const known = gaps.reduce((sum, { samples }) => sum + (samples ?? 0), 0);
  const unknown = gaps.some(({ samples }) => samples === null);
  const amount = known > 0 ? `${unknown ? 'more than ' : ''}${numberText(known)}` : 'an unknown number of';
  return `Incomplete: ${amount} samples in ${gaps.length} ${gaps.length === 1 ? 'gap' : 'gaps'}`;
}

const MOST_LISTED = 20;

/** A list that opens, the latest first. */
export function gapDetails(gaps) {
  const details = document.createElement('details');
  details.className = 'gaps';
  const summary = document.createElement('summary');
  summary.textContent = gapsText(gaps);
  const list = document.createElement('ul');
  const latest = [...gaps].sort((a, b) => (b.to ?? Infinity) - (a.to ?? Infinity));
  const texts = latest.slice(0, MOST_LISTED).map(gapText);
  if (gaps.length > MOST_LISTED) texts.push(`and ${numberText(gaps.length - MOST_LISTED)} earlier ones`);
  for (const text of texts) {
    const item = document.createElement('li');
    item.textContent = text;
    list.append(item);
  }
  details.append(summary, list);
  return details;
}
