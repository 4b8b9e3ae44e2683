import type { AgentMessage, HubMessage } from '@sluis/protocol';

/* Messages in a line of a trace. */

const lanes = ['', 'alarm', 'data', 'detail'];

export function textOfAgentMessage(message: AgentMessage): string {
  switch (message.type) {
    case 'hello':
      return `hello of epoch ${message.epoch}: ${message.lanes.map(({ lane, lowest, next }) => `${lanes[lane]} ${lowest}..${next}`).join(', ')}`;
    case 'segment':
      return `${lanes[message.lane]} ${message.sequences.from}..${message.sequences.to}`;
    case 'definitions':
      return `definitions ${message.first}..${message.first + message.series.length}`;
    case 'report':
      return `report: ${message.backlogSamples} wait, ${message.shed.length} shed, ${message.resent} sent again`;
  }
}

export function textOfHubMessage(message: HubMessage): string {
  if (message.type === 'refusal') return `refusal: ${message.message}`;
  const received = message.received.map(
    ({ lane, ranges }) => `${lanes[lane]} ${ranges.map(({ from, to }) => `${from}..${to}`).join(' ')}`,
  );
  return `${message.type} ${received.join(', ')}`;
}
