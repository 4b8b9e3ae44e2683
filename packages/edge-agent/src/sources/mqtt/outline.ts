import type { SourceOutline } from '@sluis/plugin-sdk';
import type { MqttConfig } from './config.ts';

/** What is known before a message has come: paths are topics, and members of JSON follow below them. */
export function outline({ url, topics }: MqttConfig): SourceOutline {
  const scheme = url.tls ? 'mqtts' : 'mqtt';
  return {
    from: `${topics.join(', ')} at ${scheme}://${url.host}:${url.port}`,
    paths: topics.map((topic) => `${topic.replace(/(\/|^)#$/, '').replaceAll('+', '*')}/**`.replace(/^\//, '')),
  };
}
