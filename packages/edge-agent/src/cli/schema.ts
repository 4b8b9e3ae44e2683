import { agentJsonSchema } from '../config/json-schema.ts';

/** Prints the JSON Schema of agent.yaml, for an editor. */
export function schema(): void {
  console.log(JSON.stringify(agentJsonSchema(), null, 2));
}
