/** One sample of a series, as it arrives live. */
export interface Point {
  readonly path: string;
  readonly unit: string;
  /** µs since 1970. */
  readonly time: number;
  readonly value: number | string | boolean;
}

interface Line {
  readonly series: readonly { readonly id: number; readonly path: string; readonly unit: string }[];
  readonly points: readonly (readonly [id: number, time: number, value: Point['value'], quality: string])[];
}

const RETRY_MS = 250;

/**
 * Follows every series of a hub over its WebSocket, as its page does, and connects again when the connection ends.
 * `following` resolves when the hub sends for the first time.
 */
export function followLive(
  url: string,
  seen: (point: Point) => void,
): Disposable & { readonly following: Promise<void> } {
  const following = Promise.withResolvers<void>();
  let socket: WebSocket | undefined;
  let stopped = false;
  let retry: NodeJS.Timeout | undefined;
  const connect = (): void => {
    const series = new Map<number, Line['series'][number]>();
    const connection = new WebSocket(`${url.replace(/^http/, 'ws')}/api/v1/live`);
    connection.addEventListener('open', () => connection.send(JSON.stringify({ subscribe: '**' })));
    connection.addEventListener('message', ({ data }) => {
      const line = JSON.parse(String(data)) as Line;
      for (const described of line.series) series.set(described.id, described);
      for (const [id, time, value] of line.points) {
        const { path = '', unit = '' } = series.get(id) ?? {};
        seen({ path, unit, time, value });
      }
      following.resolve();
    });
    // An error is followed by a close.
    connection.addEventListener('close', () => {
      if (!stopped) retry = setTimeout(connect, RETRY_MS);
    });
    socket = connection;
  };
  connect();
  return {
    following: following.promise,
    [Symbol.dispose]() {
      stopped = true;
      clearTimeout(retry);
      socket?.close();
    },
  };
}
