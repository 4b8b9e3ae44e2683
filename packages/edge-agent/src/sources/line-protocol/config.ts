import { address, positiveDuration, positiveSize, size } from '@sluis/plugin-sdk';
import { z } from 'zod';

const DEFAULT_MAX_LINE = 64 << 10;
/** A line that is not whole is held: that times `maxConnections` is what senders can make the agent hold. */
const LARGEST_MAX_LINE = 1 << 20;
const DEFAULT_MAX_BODY = 32 << 20;
const DEFAULT_MAX_CONNECTIONS = 256;
const DEFAULT_MAX_REQUESTS = 256;
const DEFAULT_TIMEOUT = 60_000_000;

export const lineProtocolConfig = z
  .strictObject({
    type: z.literal('line-protocol'),
    listen: address.optional().describe('Address for lines over TCP, times in ns. There is no acknowledgement.'),
    http: address.optional().describe('Address for POST /api/v2/write, answered 204 once the samples are durable.'),
    maxLine: size
      .refine((bytes) => bytes > 0 && bytes <= LARGEST_MAX_LINE, { error: 'must be more than 0B and at most 1MiB' })
      .default(DEFAULT_MAX_LINE)
      .describe('A longer line is rejected. At most 1MiB.'),
    maxBody: positiveSize
      .default(DEFAULT_MAX_BODY)
      .describe('HTTP: a longer body is answered 413; counted after decompression.'),
    maxConnections: z
      .int()
      .positive()
      .default(DEFAULT_MAX_CONNECTIONS)
      .describe(
        'Further connections are refused and counted. TCP: one that has sent no line that could be stored gives up its place, the oldest first.',
      ),
    maxRequests: z
      .int()
      .positive()
      .default(DEFAULT_MAX_REQUESTS)
      .describe('HTTP: further requests at a time are answered 429, to be repeated.'),
    timeout: positiveDuration
      .default(DEFAULT_TIMEOUT)
      .describe('HTTP: a request that is not whole after so long is answered 408.'),
    idle: positiveDuration
      .optional()
      .describe(
        'TCP: a connection is closed when nothing came for so long. Default: never, as machines may be silent.',
      ),
  })
  .refine(({ listen, http }) => (listen === undefined) !== (http === undefined), {
    error: 'needs either "listen: host:port" (TCP) or "http: host:port", not both',
  })
  .refine(({ idle, http }) => idle === undefined || http === undefined, {
    path: ['idle'],
    error: 'is for TCP: over HTTP a request has its timeout',
  })
  .meta({ oneOf: [{ required: ['listen'] }, { required: ['http'] }], dependencies: { idle: ['listen'] } });

export type LineProtocolConfig = z.output<typeof lineProtocolConfig>;
