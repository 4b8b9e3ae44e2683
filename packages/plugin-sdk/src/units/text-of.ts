import { z } from 'zod';

/** Text in a configuration; of anything else it says the same as of text that is not as `expected`: YAML reads `10` as a number. */
export function textOf(expected: string): z.ZodString {
  return z.string({ error: ({ input }) => (input === undefined ? undefined : `${JSON.stringify(input)} ${expected}`) });
}
