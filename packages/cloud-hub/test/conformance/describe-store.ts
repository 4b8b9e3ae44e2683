import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { aggregateCases } from './aggregate-cases.ts';
import { Bench } from './bench.ts';
import { identityCases } from './identity-cases.ts';
import { ingestCases } from './ingest-cases.ts';
import { limitCases } from './limit-cases.ts';
import { seriesCases } from './series-cases.ts';
import type { ConformanceLimits, PlaceStore, StorePlace, StoreUnderTest } from './store-under-test.ts';
import { valueCases } from './value-cases.ts';

/** One promise of the contract. */
export interface Case {
  readonly name: string;
  /** Of a store of its own; without them all cases share one. */
  readonly limits?: ConformanceLimits;
  /** Puts in what it is about, once, and returns what must hold from then on, in every state. */
  given(bench: Bench): Promise<() => Promise<void>>;
}

const cases: readonly Case[] = [
  ...ingestCases,
  ...valueCases,
  ...identityCases,
  ...aggregateCases,
  ...seriesCases,
  ...limitCases,
];

/** Each state goes on from the one before it, and none may show in an answer. */
const states = ['fresh', 'after a restart', 'compacted', 'compacted, after a restart'] as const;
type State = (typeof states)[number];
/** Of cases with a store of their own: what they are about does not depend on where samples lie. */
const ends: readonly State[] = ['fresh', 'compacted, after a restart'];

/** All that a store promises to sessions and people, whatever it keeps samples in: cases × states. */
export function describeStore(name: string, place: PlaceStore): void {
  describe(name, () => {
    const shared = cases.filter(({ limits }) => limits === undefined);
    describeCases(shared, states, () => place({}));
    for (const one of cases) {
      if (one.limits !== undefined) describeCases([one], ends, () => place(one.limits ?? {}));
    }
  });
}

function describeCases(some: readonly Case[], chosen: readonly State[], open: () => StorePlace): void {
  const life = new Life(open);
  const checks = new Map<Case, Promise<() => Promise<void>>>();

  beforeAll(async () => {
    await life.start();
    for (const [i, one] of some.entries()) {
      checks.set(one, one.given(new Bench({ name: `case-${i}`, store: () => life.store })));
    }
    // A case that cannot be set up fails by itself, not with all others.
    await Promise.allSettled(checks.values());
  });
  afterAll(() => life[Symbol.asyncDispose]());

  describe.each(chosen)('%s', (state) => {
    beforeAll(() => life.enter(state));

    test.for(some.map((one) => ({ name: one.name, one })))('$name', async ({ one }, { skip }) => {
      if (state.startsWith('compacted') && !life.compacts) skip('this store has nothing to compact');
      const check = await checks.get(one);
      expect(check).toBeDefined();
      await check?.();
    });
  });
}

/** A store in one place, from start to start. */
class Life implements AsyncDisposable {
  readonly #open: () => StorePlace;
  #place: StorePlace | undefined;
  #store: StoreUnderTest | undefined;

  constructor(open: () => StorePlace) {
    this.#open = open;
  }

  get store(): StoreUnderTest {
    if (!this.#store) throw new Error('the store is not started');
    return this.#store;
  }

  get compacts(): boolean {
    return this.store.compact !== undefined;
  }

  async start(): Promise<void> {
    this.#place ??= this.#open();
    await this.#store?.[Symbol.asyncDispose]();
    this.#store = await this.#place.start();
  }

  async enter(state: State): Promise<void> {
    if (state.startsWith('compacted')) await this.store.compact?.();
    if (state.endsWith('restart')) await this.start();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#store?.[Symbol.asyncDispose]();
    this.#place?.[Symbol.dispose]();
  }
}
