import { z } from 'zod';
import { textOf } from './text-of.ts';

/** Where a server listens or is reached. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/** Its last part is a port, at most 65535. */
const ADDRESS = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]\s]+)):([0-5]?\d{1,4}|6[0-4]\d{3}|65[0-4]\d{2}|655[0-2]\d|6553[0-5])$/;

/** `host:port` or `[v6]:port`, or undefined if it is neither; port 0 is any free one. */
export function parseAddress(text: string): Address | undefined {
  const match = ADDRESS.exec(text);
  return match ? { host: match[1] ?? match[2], port: Number(match[3]) } : undefined;
}

/** An address as {@link parseAddress} reads it. */
export function formatAddress({ host, port }: Address): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

const expected = 'is not an address: write 127.0.0.1:8094 or [::1]:8094';

/** An address in a configuration: text such as `127.0.0.1:8094` in, host and port out. */
export const address = textOf(expected)
  .transform((text, context): Address => {
    const parsed = parseAddress(text);
    if (parsed) return parsed;
    context.addIssue({ code: 'custom', message: `'${text}' ${expected}` });
    return z.NEVER;
  })
  .meta({ unit: 'address', pattern: ADDRESS.source, written: ['127.0.0.1:8094', '[::1]:8094'] });
