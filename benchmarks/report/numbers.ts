import type { Figure, Target } from '../scenario.ts';

/** Three significant digits, with M from a million and k from ten thousand: as people say them. */
export function short(value: number): string {
  const size = Math.abs(value);
  if (size >= 1e9) return `${digits(value / 1e9)} G`;
  if (size >= 1e6) return `${digits(value / 1e6)} M`;
  if (size >= 1e4) return `${digits(value / 1e3)} k`;
  return digits(value);
}

/** Undefined without a yardstick, and of a yardstick of 0: nothing is so many times as much as nothing. */
export function ratioOf({ value, yardstick }: Figure): number | undefined {
  return yardstick && yardstick.value !== 0 ? value / yardstick.value : undefined;
}

/** Undefined if it has no target. */
export function isMet(figure: Figure): boolean | undefined {
  const ratio = ratioOf(figure);
  if (figure.target && !reaches(figure.value, figure.target)) return false;
  if (figure.ratioTarget && !(ratio !== undefined && reaches(ratio, figure.ratioTarget))) return false;
  return figure.target || figure.ratioTarget ? true : undefined;
}

/** `≥ 25 M`, `≥ 4 ×`, or both. */
export function targetText({ target, ratioTarget }: Pick<Figure, 'target' | 'ratioTarget'>): string {
  const parts = [target && bound(target), ratioTarget && `${bound(ratioTarget)} ×`];
  return parts.filter((part) => part !== undefined).join(', ');
}

function reaches(value: number, target: Target): boolean {
  return 'atLeast' in target ? value >= target.atLeast : value <= target.atMost;
}

function bound(target: Target): string {
  return 'atLeast' in target ? `≥ ${short(target.atLeast)}` : `≤ ${short(target.atMost)}`;
}

function digits(value: number): string {
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size >= 100) return String(Math.round(value)).replaceAll(/\B(?=(\d{3})+$)/g, ',');
  return String(Number(value.toPrecision(3)));
}
