import { appendFileSync, copyFileSync, renameSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { chosenSeed, Random } from './random.ts';
import { Site } from './site.ts';

const SECOND = 1_000_000;
const START = 1_700_000_000;
const KILLS = 2;
/** Between two pieces that are written, and pieces between two kills. */
const PIECE_MS = 8;
const PIECES = 40;
const LINES = 25;

const flow = () => `
sources:
  csv: { type: csv, path: in.csv, time: t, unit: s, series: 'press/{column}', poll: 50ms }
  json: { type: ndjson, path: in.ndjson, time: t, unit: s, series: 'robot', poll: 50ms }
streams:
  raw: { from: [csv, json] }
`;

/** A program that writes lines in pieces cut anywhere, and starts a new file now and then. */
class Writer {
  readonly #path: string;
  readonly #header: string;
  readonly #line: (time: number) => string;
  #rest = '';
  #rotations = 0;
  lines = 0;

  constructor(path: string, header: string, line: (time: number) => string) {
    this.#path = path;
    this.#header = header;
    this.#line = line;
    this.#rest = header;
  }

  write(lines: number, random: Random): void {
    for (let i = 0; i < lines; i++) this.#rest += this.#line(START + this.lines++);
    this.#append(random.whole(0, this.#rest.length));
  }

  flush(): void {
    this.#append(this.#rest.length);
  }

  /** `open`: the last line of the file that is left has no end. */
  rotate(by: 'rename' | 'copy', { open }: { open: boolean }): void {
    this.#append(this.#rest.length - (open ? 1 : 0));
    const old = `${this.#path}.${++this.#rotations}`;
    if (by === 'rename') renameSync(this.#path, old);
    else {
      copyFileSync(this.#path, old);
      truncateSync(this.#path);
    }
    this.#rest = this.#header;
  }

  #append(length: number): void {
    appendFileSync(this.#path, this.#rest.slice(0, length));
    this.#rest = this.#rest.slice(length);
  }
}

test('an agent that is killed while it follows files that grow and rotate reads every line once', async () => {
  const seed = chosenSeed();
  console.log(`files test: SLUIS_TEST_SEED=${seed}`);
  const random = new Random(seed);
  await using site = await Site.start({ flow });
  const csv = new Writer(join(site.folder, 'in.csv'), 't,a,"b, c"\r\n', (t) => `${t},${t / 7},"${-t / 3}"\r\n`);
  const json = new Writer(join(site.folder, 'in.ndjson'), '', (t) => `{"t":${t},"axis":{"x":${t / 7}},"value":${t}}\n`);
  const samples = () => 2 * (csv.lines + json.lines);
  const allRead = async () => {
    csv.flush();
    json.flush();
    await site.status('every line is in the journal', ({ journal }) => (journal?.samples ?? 0) >= samples());
  };
  csv.write(1, random);
  json.write(1, random);
  for (let kill = 1; kill <= KILLS; kill++) {
    // A file that is copied and emptied before anything of it was read cannot be told from one that was always empty.
    await allRead();
    for (let piece = 0; piece < PIECES; piece++) {
      csv.write(random.whole(1, LINES), random);
      json.write(random.whole(1, LINES), random);
      await pause(PIECE_MS);
    }
    const open = kill === KILLS;
    csv.rotate('rename', { open });
    json.rotate('copy', { open });
    await site.agent.kill();
    csv.write(LINES, random);
    json.write(LINES, random);
    await site.agent.start();
  }
  await allRead();
  await site.agent.drained();
  const { journal, sources } = await site.agent.status();
  expect(journal?.samples, 'samples in the journal: more would be lines that were read twice').toBe(samples());
  expect(Object.values(sources).map(({ rejected }) => rejected)).toEqual([0, 0]);
  for (const [path, count, value] of [
    ['lab/press/a', csv.lines, (t: number) => t / 7],
    ['lab/press/b, c', csv.lines, (t: number) => -t / 3],
    ['lab/robot/axis/x', json.lines, (t: number) => t / 7],
    ['lab/robot', json.lines, (t: number) => t],
  ] as const) {
    await site.stored(path, count);
    const times = Array.from({ length: count }, (_, i) => START + i);
    expect(await site.api.numbers(path)).toEqual({
      time: times.map((t) => t * SECOND),
      value: times.map(value),
    });
  }
});
