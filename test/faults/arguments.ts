import { parseArgs } from 'node:util';

export interface Arguments {
  /** Empty: all of the table. */
  readonly names: readonly string[];
  readonly seed: number;
  readonly share: number;
  readonly list: boolean;
  readonly help: boolean;
  /** What cannot be run counts as failed. */
  readonly strict: boolean;
  /** The scoreboard's .md; its .json lies beside it. Undefined: none is written. */
  readonly out: string | undefined;
}

export const SCOREBOARD = 'docs/reliability.md';
const SEEDS = 2 ** 31;

export const HELP = `Runs fault tests, each in a process of its own, and writes the scoreboard, ${SCOREBOARD}.

  pnpm test:faults                                all, with full counts; the scoreboard says how long
  pnpm test:faults kill-agent eio                 these, and only their rows of the scoreboard
  pnpm test:faults --list                         what there is, about how long it takes, what is missing for it
  pnpm test:faults --share 0.1                    a tenth of the rounds: a quick look, which writes no scoreboard
  pnpm test:faults bit-flips --seed 7 --share 0.1 repeats what a failure printed

  --seed N      of all that is drawn (else a new one, which is printed)
  --share S     of the rounds, above 0 (else 1)
  --out FILE    the scoreboard's .md, with its .json beside it (else ${SCOREBOARD}, if the share is 1)
  --strict      what cannot be run (no root, no tool) counts as failed
  --list, --help

One run at a time, a second is refused: programs in network namespaces of another would hold on to file systems whose power is cut.
Exits 1 if a sample was lost or stored twice, if a hand was needed, or if a test failed; 2 for wrong arguments, or
if another run is under way.`;

/** @throws Error that says what is wrong with them */
export function parseArguments(args: readonly string[], known: readonly string[]): Arguments {
  const { positionals, values } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      seed: { type: 'string' },
      share: { type: 'string', default: '1' },
      out: { type: 'string' },
      list: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
      strict: { type: 'boolean', default: false },
    },
  });
  const unknown = positionals.find((name) => !known.includes(name));
  if (unknown !== undefined) throw new Error(`there is no fault "${unknown}"; there are: ${known.join(', ')}`);
  const seed = values.seed === undefined ? Math.floor(Math.random() * SEEDS) : Number(values.seed);
  if (!Number.isSafeInteger(seed) || seed < 0) throw new Error(`--seed ${values.seed} is no whole number`);
  const share = Number(values.share);
  if (!(share > 0 && Number.isFinite(share))) throw new Error(`--share ${values.share} is no number above 0`);
  const { list, help, strict } = values;
  const out = values.out ?? (share === 1 ? SCOREBOARD : undefined);
  return { names: positionals, seed, share, list, help, strict, out };
}
