/* What an editor tells of wrong streams: behind each directive stands a part of the message. */
import { defineStreams, type StepDefinition } from '@sluis/edge-agent/config';

const calm: StepDefinition = { deadband: 0.05 };
const many: readonly string[] = ['tcp', 'mqtt'];

defineStreams({
  raw: { from: many },
  calm: { from: 'tcp', steps: [{ where: 'value > 3.0' }, calm], as: 'calm' },
  ten: { from: 'tcp', steps: [{ window: { every: '10s', aggregate: ['mean', 'max'] } }] },
  // The shape is right: that no agent runs it yet, the agent says.
  smooth: { from: 'tcp', steps: [{ use: './plugins/smooth', with: { weight: 0.2 } }] },
});

// @ts-expect-error Property 'from' is missing
defineStreams({ raw: {} });

// @ts-expect-error Type 'number' is not assignable to type 'string | readonly string[]'
defineStreams({ raw: { from: 1 } });

// @ts-expect-error Did you mean to write 'steps'?
defineStreams({ ten: { from: 'tcp', stepps: [] } });

// @ts-expect-error Did you mean to write 'window'?
defineStreams({ ten: { from: 'tcp', steps: [{ windo: { every: '10s', aggregate: ['mean'] } }] } });

// @ts-expect-error Did you mean to write 'every'?
defineStreams({ ten: { from: 'tcp', steps: [{ window: { evry: '10s', aggregate: ['mean'] } }] } });

// @ts-expect-error Type 'number' is not assignable to type 'string'
defineStreams({ ten: { from: 'tcp', steps: [{ window: { every: 10, aggregate: ['mean'] } }] } });

// @ts-expect-error Type 'boolean' is not assignable to type 'string'
defineStreams({ ten: { from: 'tcp', steps: [{ where: true }] } });

// @ts-expect-error Types of property 'deadband' are incompatible
defineStreams({ ten: { from: 'tcp', steps: [{ where: 'true', deadband: 1 }] } });

// @ts-expect-error Type '{}' is not assignable to type 'StepDefinition'
defineStreams({ ten: { from: 'tcp', steps: [{}] } });
