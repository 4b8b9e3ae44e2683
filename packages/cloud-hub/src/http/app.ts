import { describe, type Logger } from '@sluis/runtime';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { z } from 'zod';
import { AnswerError } from '../query/answer-error.ts';
import type { Connections } from '../connections.ts';
import type { Query } from '../query/query.ts';
import type { QueryClient } from '../query/query-client.ts';
import type { StoreClient } from '../store/store-client.ts';
import { checked, notFound, passOn, sendError, whenGone } from './answers.ts';
import { attachment } from './file-name.ts';
import { createMetrics } from './metrics.ts';
import { registerOpenApi } from './openapi.ts';
import {
  agentsAnswer,
  aggregateParameters,
  allTimes,
  chartAnswer,
  chartParameters,
  errorAnswer,
  healthAnswer,
  noParameters,
  readyAnswer,
  rowsAnswer,
  samplesAnswer,
  samplesParameters,
  seriesAnswer,
  seriesParameters,
  storeAnswer,
} from './schemas.ts';

export interface AppOptions {
  readonly store: StoreClient;
  readonly queries: QueryClient;
  /** Of this server and that of the agents. */
  readonly connections: Connections;
  readonly version: string;
  readonly log: Logger;
}

const API = '/api/v1';
const SERVER_ERROR = 500;

/** The hub's HTTP API. Answers of queries are streamed through from the query process: nothing large is held here. */
export async function createApp({ store, queries, connections, version, log }: AppOptions): Promise<FastifyInstance> {
  const app = Fastify({
    forceCloseConnections: true,
    frameworkErrors: (error, _, reply) => void sendError(reply, requestError(error)),
  });
  const metrics = createMetrics({ store, queries, connections });
  connections.limit('http', app.server);
  app.setValidatorCompiler<z.ZodType>(({ schema }) => (query) => {
    try {
      return { value: checked(schema, query) };
    } catch (error) {
      return { error: error as Error };
    }
  });
  app.setSerializerCompiler(() => (answer) => JSON.stringify(answer));
  app.setNotFoundHandler((request, reply) => sendError(reply, notFound(request)));
  app.setErrorHandler((error, request, reply) => {
    if (error instanceof AnswerError) return sendError(reply, error);
    log.error({ url: request.url, reason: describe(error) }, 'a request failed');
    return sendError(reply, requestError(error));
  });
  app.addHook('onResponse', async (request, reply) => {
    const labels = { route: request.routeOptions.url ?? 'none', status: String(reply.statusCode) };
    metrics.answered.observe(labels, reply.elapsedTime / 1000);
  });
  await registerOpenApi(app, version);

  const queriesTrouble = (): string | undefined => store.loading() ?? queries.trouble();
  const get = <T>(path: string, route: Route<T>): void => {
    const { summary, parameters, answer, handler } = route;
    const response = {
      200: answer,
      ...(path.startsWith(API) && { 400: errorAnswer, 404: errorAnswer, 503: errorAnswer }),
    };
    app.get(path, { schema: { summary, querystring: parameters, response } }, (request, reply) =>
      handler(request.query as T, reply, request),
    );
  };
  const ask = async (query: Query, reply: FastifyReply): Promise<FastifyReply> => {
    const answer = await queries.ask(query, whenGone(reply));
    if (query.kind !== 'series' && query.format !== 'json' && answer.statusCode === 200)
      reply.header('content-disposition', attachment(query.series, query.format));
    return passOn(reply, answer);
  };

  get(`${API}/series`, {
    summary: 'Series, with the type of the latest sample, the first and last time, and how many samples there are',
    parameters: seriesParameters,
    answer: seriesAnswer,
    handler: ({ match }, reply) => ask({ kind: 'series', match, after: store.committed }, reply),
  });
  get(`${API}/samples`, {
    summary: 'Samples of a series in order of time, streamed',
    parameters: samplesParameters,
    answer: samplesAnswer,
    handler: async (parameters, reply) => {
      const gaps = parameters.format === 'json' ? await store.gapsOf(parameters) : [];
      return ask({ kind: 'samples', ...parameters, gaps, after: store.committed }, reply);
    },
  });
  get(`${API}/aggregate`, {
    summary: 'Samples of a series by windows of time; bad samples and text are left out',
    parameters: aggregateParameters,
    answer: rowsAnswer,
    handler: ({ fn, ...parameters }, reply) =>
      ask({ kind: 'aggregate', ...parameters, functions: fn, after: store.committed }, reply),
  });
  get(`${API}/chart`, {
    summary: 'What a chart needs to look as if all samples of a series were drawn: at most four for each pixel column',
    parameters: chartParameters,
    answer: chartAnswer,
    handler: async ({ series, from = null, to = null, pixels }, reply) => {
      const gaps = await store.gapsOf({ series, from: from ?? allTimes.from, to: to ?? allTimes.to });
      const query = { kind: 'chart', format: 'json', series, from, to, pixels, gaps, after: store.committed } as const;
      return ask(query, reply);
    },
  });
  get(`${API}/store`, {
    summary: 'What the store holds, where, and what keeps it from taking or tidying more',
    parameters: noParameters,
    answer: storeAnswer,
    handler: () => ({
      hot: { samples: store.hotRows, limit: store.maxHotRows },
      files: { count: store.files.count, samples: store.files.rows, bytes: store.files.bytes, tiers: store.news.tiers },
      work: Object.fromEntries([...store.news.fileWork].map(([work, { times }]) => [work, times])),
      troubles: [...storeTroubles(store), queriesTrouble()].filter((text) => text !== undefined),
    }),
  });
  get(`${API}/agents`, {
    summary: 'Agents: whether they are connected, what they sent, what waits at them, and what will never come',
    parameters: noParameters,
    answer: agentsAnswer,
    handler: async () => ({ agents: await store.agents() }),
  });
  get('/healthz', {
    summary: 'Answers while the process lives',
    parameters: noParameters,
    answer: healthAnswer,
    handler: () => ({ status: 'ok' }),
  });
  get('/readyz', {
    summary: 'Whether agents can store and people can query',
    parameters: noParameters,
    answer: readyAnswer,
    handler: (_, reply) => {
      const checks = { store: store.trouble() ?? 'ok', queries: queriesTrouble() ?? 'ok' };
      const ready = Object.values(checks).every((check) => check === 'ok');
      return reply.code(ready ? 200 : 503).send({ status: ready ? 'ready' : 'not ready', checks });
    },
  });
  app.get('/metrics', { schema: { hide: true } }, async (_, reply) =>
    reply.type(metrics.registry.contentType).send(await metrics.registry.metrics()),
  );
  return app;
}

/** What keeps samples from being stored says also why files cannot be written. */
function storeTroubles(store: StoreClient): readonly string[] {
  const trouble = store.trouble();
  if (trouble !== undefined) return [trouble];
  return store.news.compactionTroubles.map((reason) => `files cannot be written at the moment: ${reason}`);
}

interface Route<T> {
  readonly summary: string;
  readonly parameters: z.ZodType<T>;
  readonly answer: z.ZodType;
  handler(parameters: T, reply: FastifyReply, request: FastifyRequest): unknown;
}

/** What fastify itself refuses keeps its status; a fault of ours says no more than that it was one. */
function requestError(error: unknown): AnswerError {
  const status = statusOf(error);
  if (status < SERVER_ERROR) {
    return new AnswerError({
      status,
      code: 'bad-request',
      message: describe(error),
      hint: 'GET /api/openapi.json describes what can be asked',
      cause: error,
    });
  }
  return new AnswerError({
    status,
    code: 'internal',
    message: 'the hub failed to answer',
    hint: 'the log of the hub says more',
    cause: error,
  });
}

function statusOf(error: unknown): number {
  const status: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, 'statusCode') : undefined;
  return typeof status === 'number' ? status : SERVER_ERROR;
}
