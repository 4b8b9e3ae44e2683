/** Displaced processes that are remembered of an agent: more that live at one time would be seen one after another. */
const MAX_DISPLACED = 8;

/**
 * Tells an agent that was started again from a second one under the same id.
 *
 * A process that says hello takes the place of the one before at once: that is a restart, or a line that broke without
 * a word, and nobody should wait for it. But who was displaced never comes back, for it is dead. If it does while the
 * other is connected, both live, and without a refusal they would displace each other for ever.
 */
export class Instances {
  /** By agent: processes that another one displaced. */
  readonly #displaced = new Map<string, Set<string>>();

  /**
   * `instance` says hello while the session of `current` is open, or none. Returns whether it takes over, or is one of
   * two that live. An instance that is not known ('', of version 1) cannot be told from others.
   */
  greet(agent: string, instance: string, current: string | undefined): 'takes over' | 'conflict' {
    if (current === undefined || instance === '' || current === '' || current === instance) return 'takes over';
    const displaced = this.#displaced.get(agent) ?? new Set<string>();
    if (displaced.has(instance)) return 'conflict';
    if (displaced.size === MAX_DISPLACED) for (const oldest of [...displaced].slice(0, 1)) displaced.delete(oldest);
    this.#displaced.set(agent, displaced.add(current));
    return 'takes over';
  }
}
