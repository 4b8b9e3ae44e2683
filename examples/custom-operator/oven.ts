import { type Sample, sample } from '@sluis/plugin-sdk/testing';

const SECOND = 1_000_000;
const SAMPLES = 240;
/** At these the contact of the sensor is loose. */
const SPIKES = [31, 32 + 15, 88, 121, 160, 161 + 17, 203];

/** Four minutes of an oven that is switched on after two. */
export function oven(): Sample[] {
  return Array.from({ length: SAMPLES }, (_, i) => {
    const heated = i < SAMPLES / 2 ? 0 : 25 * (1 - Math.exp(-(i - SAMPLES / 2) / 30));
    const noise = Math.sin(i * 12.9898) * 0.6;
    const spike = SPIKES.includes(i) ? (i % 2 === 0 ? 30 : -18) : 0;
    return sample('oven/temperature', i * SECOND, Math.round((20 + heated + noise + spike) * 10) / 10, { unit: 'Cel' });
  });
}
