import { address, size } from '@sluis/plugin-sdk';
import { z } from 'zod';

const DEFAULT_MAX_LINE = 64 << 10;
const DEFAULT_MAX_BODY = 32 << 20;
const DEFAULT_MAX_CONNECTIONS = 256;

export const lineProtocolConfig = z
  .strictObject({
    type: z.literal('line-protocol').describe('InfluxDB line protocol, over TCP (`listen`) or HTTP (`http`).'),
    listen: address.optional().describe('Address for lines over TCP, times in ns. There is no acknowledgement.'),
    http: address.optional().describe('Address for POST /api/v2/write, answered 204 once the samples are durable.'),
    maxLine: size.default(DEFAULT_MAX_LINE).describe('A longer line is rejected.'),
    maxBody: size
      .default(DEFAULT_MAX_BODY)
      .describe('HTTP: a longer body is answered 413; counted after decompression.'),
    maxConnections: z.int().positive().default(DEFAULT_MAX_CONNECTIONS).describe('Further connections are refused.'),
  })
  .refine(({ listen, http }) => (listen === undefined) !== (http === undefined), {
    error: 'needs either "listen: host:port" (TCP) or "http: host:port", not both',
  })
  .meta({ oneOf: [{ required: ['listen'] }, { required: ['http'] }] });

export type LineProtocolConfig = z.output<typeof lineProtocolConfig>;
