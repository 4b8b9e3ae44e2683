import type { Samples, Value } from './ledger.ts';

export interface SeriesInfo {
  readonly path: string;
  readonly unit: string;
  readonly samples: number;
}

export interface AgentInfo {
  readonly id: string;
  readonly connected: boolean;
  readonly acked: { readonly samples: number; readonly bytes: number };
  readonly gaps: readonly { readonly samples: number | null }[];
}

const TIMEOUT_MS = 30_000;
const NOT_FOUND = 404;
/** Time, value and quality; the texts of this press line have no line breaks. */
const ROW = /^(-?\d+),("(?:[^"]|"")*"|[^",]*),(\w+)$/;

/** What the demo asks a hub: its public HTTP API, as anybody may. */
export class HubClient {
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  async ready(): Promise<boolean> {
    return (await this.#get('/readyz')).ok;
  }

  async series(): Promise<readonly SeriesInfo[]> {
    return (await json<{ series: readonly SeriesInfo[] }>(await this.#get('/api/v1/series'))).series;
  }

  async agents(): Promise<readonly AgentInfo[]> {
    return (await json<{ agents: readonly AgentInfo[] }>(await this.#get('/api/v1/agents'))).agents;
  }

  /** All samples of a series; none if the hub does not know it. */
  async samples(path: string): Promise<Samples> {
    const response = await this.#get(`/api/v1/samples?format=csv&series=${encodeURIComponent(path)}`);
    if (response.status === NOT_FOUND) return { times: [], values: [] };
    const [header, ...rows] = (await accepted(response).text()).trimEnd().split(/\r?\n/);
    if (header !== 'time,value,quality') throw new Error(`${path}: the CSV begins with "${header}"`);
    const fields = rows.map((row) => ROW.exec(row)?.slice(1) ?? fail(`${path}: the CSV has the row "${row}"`));
    return { times: fields.map(([time]) => Number(time)), values: fields.map(([, value]) => valueOf(value)) };
  }

  #get(path: string): Promise<Response> {
    return fetch(`${this.#url}${path}`, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  }
}

export async function json<T>(response: Response): Promise<T> {
  return (await accepted(response).json()) as T;
}

function accepted(response: Response): Response {
  if (!response.ok) throw new Error(`${response.url} answered ${response.status} ${response.statusText}`);
  return response;
}

/** Text is quoted, and only text is. */
function valueOf(field: string): Value {
  return field.startsWith('"') ? field.slice(1, -1).replaceAll('""', '"') : Number(field);
}

function fail(message: string): never {
  throw new Error(message);
}
