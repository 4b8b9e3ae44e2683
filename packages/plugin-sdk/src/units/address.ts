import { z } from 'zod';

/** Where a server listens or is reached. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

const HIGHEST_PORT = 65_535;

/** `host:port` or `[v6]:port`, or undefined if it is neither; port 0 is any free one. */
export function parseAddress(text: string): Address | undefined {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]\s]+)):(\d{1,5})$/.exec(text);
  if (!match) return undefined;
  const port = Number(match[3]);
  return port <= HIGHEST_PORT ? { host: match[1] ?? match[2], port } : undefined;
}

/** An address in a configuration: text such as `127.0.0.1:8094` in, host and port out. */
export const address = z.string().transform((text, context): Address => {
  const parsed = parseAddress(text);
  if (parsed) return parsed;
  context.addIssue({ code: 'custom', message: `'${text}' is not an address: write 127.0.0.1:8094 or [::1]:8094` });
  return z.NEVER;
});
