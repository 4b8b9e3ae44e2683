import { positiveDuration, positiveSize } from '@sluis/plugin-sdk';
import { z } from 'zod';
import { filterFault } from './topic-filter.ts';

const MICROSECONDS = 1_000_000;
const DEFAULT_KEEPALIVE = 30 * MICROSECONDS;
const DEFAULT_SESSION_EXPIRY = 86_400 * MICROSECONDS;
const DEFAULT_MAX_PACKET = 1 << 20;
const DEFAULT_RECEIVE_MAXIMUM = 4096;
const MAX_UINT16 = 65_535;
const MAX_KEEPALIVE = MAX_UINT16 * MICROSECONDS;
const PORTS: Record<string, number> = { 'mqtt:': 1883, 'mqtts:': 8883 };

export interface BrokerUrl {
  readonly tls: boolean;
  readonly host: string;
  readonly port: number;
}

const brokerUrl = z.string().transform((text, context): BrokerUrl => {
  const url = URL.parse(text);
  const fail = (message: string) => {
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  };
  if (!url || !(url.protocol in PORTS) || url.hostname === '') {
    return fail(`'${text}' is not a broker's address: write mqtt://host:1883, or mqtts://host:8883 for TLS`);
  }
  if (url.username || url.password) return fail('give user name and password by the keys username and password');
  return {
    tls: url.protocol === 'mqtts:',
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: Number(url.port || PORTS[url.protocol]),
  };
});

const topicFilter = z.string().superRefine((filter, context) => {
  const fault = filterFault(filter);
  if (fault) context.addIssue({ code: 'custom', message: `'${filter}' is not a topic filter: ${fault}` });
});

export const mqttConfig = z
  .strictObject({
    type: z.literal('mqtt'),
    url: brokerUrl
      .meta({ pattern: '^[Mm][Qq][Tt][Tt][Ss]?://[^/@]+/?', written: ['mqtt://127.0.0.1:1883'] })
      .describe('mqtt://host:1883, or mqtts://host:8883 for TLS.'),
    topics: z.array(topicFilter).min(1).describe('Topic filters to subscribe to; + is one level, # the rest.'),
    version: z.literal([4, 5]).default(4).describe('4 is MQTT 3.1.1, which every broker speaks; 5 is MQTT 5.'),
    qos: z
      .literal([0, 1, 2])
      .default(1)
      .describe('Highest quality of service. From 1 on nothing is acknowledged before it is durable.'),
    username: z.string().optional().describe('User name at the broker.'),
    password: z
      .string()
      .meta({ secret: true })
      .optional()
      .describe('Its password: write ${secret:NAME}, not the password itself.'),
    clientId: z.string().min(1).optional().describe('Unique at the broker. Default: sluis-SITE-AGENT-NAME.'),
    clean: z.boolean().default(false).describe('true: the broker keeps nothing for this client while it is away.'),
    sessionExpiry: positiveDuration
      .default(DEFAULT_SESSION_EXPIRY)
      .describe('Version 5: how long the broker keeps messages while this client is away.'),
    ca: z.string().optional().describe("PEM file with the certificate of the authority that signed the broker's."),
    cert: z.string().optional().describe('PEM file with the certificate of this client; needs key.'),
    key: z.string().optional().describe('PEM file with the private key of cert.'),
    retained: z
      .enum(['take', 'ignore'])
      .default('take')
      .describe('Messages that the broker kept from before the subscription. take: uncertain, if without their time.'),
    share: z
      .string()
      .regex(/^[^/+#]+$/, { error: 'must be a name without / + #' })
      .optional()
      .describe('Group of clients that share the messages: each goes to one of them ($share).'),
    keepalive: positiveDuration
      .refine((µs) => µs <= MAX_KEEPALIVE, { error: 'must be at most 65535s' })
      .default(DEFAULT_KEEPALIVE)
      .describe('A broker silent for one and a half of it is taken for lost.'),
    receiveMaximum: z
      .int()
      .min(1)
      .max(MAX_UINT16)
      .default(DEFAULT_RECEIVE_MAXIMUM)
      .describe('Version 5: messages that the broker may send before they are acknowledged.'),
    maxPacket: positiveSize.default(DEFAULT_MAX_PACKET).describe('A longer message is rejected and acknowledged.'),
    time: z
      .string()
      .min(1)
      .optional()
      .describe("JSON member with the time of the message's samples: ISO 8601, or a number of unit."),
    unit: z.literal(['ns', 'us', 'ms', 's']).default('ms').describe('Unit of a time that is a number.'),
  })
  .refine(({ cert, key }) => (cert === undefined) === (key === undefined), { error: 'cert and key need each other' })
  .meta({ dependencies: { cert: ['key'], key: ['cert'] } })
  .refine(({ url, ca, cert }) => url.tls || (ca === undefined && cert === undefined), {
    error: 'ca, cert and key are for TLS: write mqtts:// in url',
  });

export type MqttConfig = z.output<typeof mqttConfig>;
