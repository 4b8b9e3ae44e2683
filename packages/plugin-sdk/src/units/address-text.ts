/** Where a server listens or is reached. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/** Its last part is a port, at most 65535. */
export const ADDRESS =
  /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]\s]+)):([0-5]?\d{1,4}|6[0-4]\d{3}|65[0-4]\d{2}|655[0-2]\d|6553[0-5])$/;

/** `host:port` or `[v6]:port`, or undefined if it is neither; port 0 is any free one. */
export function parseAddress(text: string): Address | undefined {
  const match = ADDRESS.exec(text);
  return match ? { host: match[1] ?? match[2], port: Number(match[3]) } : undefined;
}

/** An address as {@link parseAddress} reads it. */
export function formatAddress({ host, port }: Address): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}
