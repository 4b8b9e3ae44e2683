import type { Server } from 'node:net';

/** Where connections come to: agents, and people. */
export const doors = ['grpc', 'http'] as const;
export type Door = (typeof doors)[number];

/** Bounds the connections of each door: further ones are closed at once, and counted. Whoever is in stays in. */
export class Connections {
  readonly #most: number;
  readonly #servers: { readonly door: Door; readonly server: Server }[] = [];
  readonly refused: Record<Door, number> = { grpc: 0, http: 0 };

  constructor(most: number) {
    this.#most = most;
  }

  limit(door: Door, server: Server): void {
    server.maxConnections = this.#most;
    server.on('drop', () => this.refused[door]++);
    this.#servers.push({ door, server });
  }

  async open(door: Door): Promise<number> {
    const servers = this.#servers.filter((one) => one.door === door);
    const counts = await Promise.all(servers.map(({ server }) => openAt(server)));
    return counts.reduce((sum, count) => sum + count, 0);
  }
}

function openAt(server: Server): Promise<number> {
  return new Promise((resolve, reject) =>
    server.getConnections((error, count) => (error ? reject(error) : resolve(count))),
  );
}
