/** Lanes of the outbox in order of priority. The numbers are the wire's. */
export const Lane = { alarm: 1, data: 2, detail: 3 } as const;
export type Lane = (typeof Lane)[keyof typeof Lane];
export type LaneName = keyof typeof Lane;
export const laneNames = ['alarm', 'data', 'detail'] as const satisfies readonly LaneName[];
