import type { SourceOutline } from '@sluis/plugin-sdk';
import type { MqttConfig } from './config.ts';

const ONLY_5 = 'brokers are asked for it by MQTT 5 only: write version: 5';

/** What is known before a message has come: paths are topics, and members of JSON follow below them. */
export function outline({ url, topics, version, time }: MqttConfig): SourceOutline {
  const scheme = url.tls ? 'mqtts' : 'mqtt';
  return {
    from: `${topics.join(', ')} at ${scheme}://${url.host}:${url.port}`,
    paths: topics.map((topic) => `${topic.replace(/(\/|^)#$/, '').replaceAll('+', '*')}/**`.replace(/^\//, '')),
    unused: {
      ...(version === 4 && { sessionExpiry: ONLY_5, receiveMaximum: ONLY_5 }),
      ...(time === undefined && { unit: 'it is the unit of a time, and no member is named by the key time' }),
    },
  };
}
