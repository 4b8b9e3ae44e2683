import swagger from '@fastify/swagger';
import type { FastifyInstance, FastifySchema } from 'fastify';
import { z } from 'zod';

/** Serves the OpenAPI document that is made from the routes' own schemas. Register before the routes. */
export async function registerOpenApi(app: FastifyInstance, version: string): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Sluis hub',
        version,
        description:
          'Times are ISO 8601 or whole microseconds since 1970; `from` is inclusive, `to` exclusive. NaN, infinities and integers beyond 2^53 are strings.',
      },
    },
    transform: ({ schema, url }) => ({ schema: asJsonSchema(schema), url }),
  });
  app.get('/api/openapi.json', { schema: { hide: true } }, () => app.swagger());
}

function asJsonSchema(schema: FastifySchema): FastifySchema {
  const { querystring, response } = schema;
  return {
    ...schema,
    ...(querystring instanceof z.ZodType && { querystring: jsonSchema(querystring, 'input') }),
    ...(isRecord(response) && {
      response: Object.fromEntries(Object.entries(response).map(([status, answer]) => [status, answerSchema(answer)])),
    }),
  };
}

function answerSchema(answer: unknown): unknown {
  return answer instanceof z.ZodType ? jsonSchema(answer, 'output') : answer;
}

function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): object {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, target: 'draft-2020-12' });
  return rest;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
