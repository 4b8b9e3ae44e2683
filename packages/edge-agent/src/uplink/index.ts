export type { Dial, HubCall } from './dial.ts';
export type { RemoteOutbox } from './remote-outbox.ts';
export { Uplink, type UplinkOptions } from './uplink.ts';
