import type { IncomingMessage } from 'node:http';
import { nearest } from '@sluis/runtime';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { AnswerError } from '../query/answer-error.ts';

/** What a request asks, checked. @throws AnswerError (400) that names the first parameter that is wrong. */
export function checked<T>(schema: z.ZodType<T>, query: unknown): T {
  const result = schema.safeParse(query);
  if (result.success) return result.data;
  // A misspelt parameter also leaves the right one missing: its name says more.
  const { issues } = result.error;
  const issue = issues.find(({ code }) => code === 'unrecognized_keys') ?? issues[0];
  if (issue.code === 'unrecognized_keys') {
    const [key] = issue.keys;
    const known = 'shape' in schema && typeof schema.shape === 'object' ? Object.keys(schema.shape ?? {}) : [];
    const near = nearest(key, known);
    throw badRequest(
      'unknown-parameter',
      `there is no parameter ${key}`,
      near ? `did you mean ${near}?` : allowed(known),
    );
  }
  const name = issue.path.join('.');
  const missing = issue.code === 'invalid_type' && issue.input === undefined;
  const message = missing ? `the parameter ${name} is missing` : `the parameter ${name}: ${issue.message}`;
  throw badRequest('bad-parameter', message, 'GET /api/openapi.json describes the parameters');
}

function allowed(names: readonly string[]): string {
  return names.length > 0 ? `it may have ${names.join(', ')}` : 'it takes none';
}

function badRequest(code: string, message: string, hint: string): AnswerError {
  return new AnswerError({ status: 400, code, message, hint });
}

/** Aborted when the client is gone before its answer is whole. */
export function whenGone(reply: FastifyReply): AbortSignal {
  const abort = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) abort.abort();
  });
  return abort.signal;
}

const PASSED_HEADERS = ['content-type', 'retry-after'] as const;

/** Hands the query process's answer through as it comes: its status, and its end or breaking off. */
export function passOn(reply: FastifyReply, answer: IncomingMessage): FastifyReply {
  for (const name of PASSED_HEADERS) {
    const header = answer.headers[name];
    if (header !== undefined) reply.header(name, header);
  }
  return reply.code(answer.statusCode ?? 500).send(answer);
}

export function sendError(reply: FastifyReply, error: AnswerError): FastifyReply {
  if (error.retryAfterSeconds !== undefined) reply.header('retry-after', error.retryAfterSeconds);
  return reply.code(error.status).send(error.body);
}

export function notFound(request: FastifyRequest): AnswerError {
  return new AnswerError({
    status: 404,
    code: 'not-found',
    message: `there is no ${request.method} ${request.url.split('?', 1)[0]}`,
    hint: 'GET /api/openapi.json lists what there is',
  });
}
