/** Stand-in until pressLine lands. */
export interface Instrument {
  readonly machine: string;
  readonly protocol: 'mqtt' | 'lines';
  readonly name: string;
  readonly signals: readonly { readonly name: string; readonly unit: string }[];
  readonly periodUs: number;
  /** Values of the signals at a time in µs. */
  measure(time: number): readonly number[];
}

export async function instruments(): Promise<Instrument[]> {
  return [1, 2, 3].flatMap((n): Instrument[] => [
    {
      machine: `press-${n}`,
      protocol: 'mqtt',
      name: 'process',
      periodUs: 40_000,
      signals: [
        { name: 'oil', unit: '°C' },
        { name: 'speed', unit: '1/min' },
        { name: 'energy', unit: 'kWh' },
      ],
      measure: (t) => [50 + Math.round(1000 * Math.sin(t / 3e6 + n)) / 100, 40 + n, Math.round(t / 1e6) % 1e6],
    },
    {
      machine: `press-${n}`,
      protocol: 'lines',
      name: 'ram',
      periodUs: 4_000,
      signals: [
        { name: 'force', unit: 'kN' },
        { name: 'position', unit: 'mm' },
      ],
      measure: (t) => [
        Math.max(0, Math.round(9000 * Math.sin(t / 3e5 + n)) / 10),
        Math.round(200_000 * Math.cos(t / 3e5 + n)) / 1000,
      ],
    },
  ]);
}
