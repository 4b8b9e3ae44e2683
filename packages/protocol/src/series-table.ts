/** A series as an epoch defines it: its id is its place in the epoch's order of definition. */
export interface SeriesDefinition {
  readonly path: string;
  /** UCUM unit, '' where unknown. */
  readonly unit: string;
}

/**
 * Longest path of a series that enters at the edge, and longest that a hub takes, in UTF-8 bytes: the difference is for
 * what streams append. A path is refused where it enters, for a hub drops the samples of one that it does not take.
 */
export const MAX_SOURCE_PATH_BYTES = 1024;
export const MAX_PATH_BYTES = 4096;

/**
 * The series of one epoch: ids are dense, given in order of first use, and never reused. Because they are dense, "what
 * a peer knows" is one number: the count of definitions it has.
 */
export class SeriesTable {
  readonly #ids = new Map<string, number>();
  readonly #definitions: SeriesDefinition[] = [];
  #pathBytes = 0;

  constructor(definitions: Iterable<SeriesDefinition> = []) {
    for (const definition of definitions) this.define(definition);
  }

  get size(): number {
    return this.#definitions.length;
  }

  /** UTF-8 bytes of all paths. */
  get pathBytes(): number {
    return this.#pathBytes;
  }

  /** The id of `path`, defined now if it is new. The first definition's unit stays. */
  intern(path: string, unit = ''): number {
    return this.#ids.get(path) ?? this.define({ path, unit });
  }

  id(path: string): number | undefined {
    return this.#ids.get(path);
  }

  path(id: number): string {
    return this.definition(id).path;
  }

  definition(id: number): SeriesDefinition {
    const definition = this.#definitions[id];
    if (!definition) throw new RangeError(`series ${id} is not defined: the table has ${this.size}`);
    return definition;
  }

  /** Definitions of the ids `from` (inclusive) to `to` (exclusive). */
  slice(from: number, to: number = this.size): SeriesDefinition[] {
    return this.#definitions.slice(from, to);
  }

  /** Appends a definition whose id must be the next one. */
  define(definition: SeriesDefinition): number {
    const id = this.#definitions.length;
    this.#ids.set(definition.path, id);
    this.#definitions.push(definition);
    this.#pathBytes += Buffer.byteLength(definition.path);
    return id;
  }
}
