/** The hub's HTTP API as the contract has it. */

export type Value = number | bigint | boolean | string;

export interface SeriesRow {
  readonly path: string;
  readonly type: string;
  readonly unit: string;
  readonly first: number;
  readonly last: number;
  readonly samples: number;
}

export interface AgentRow {
  readonly id: string;
  readonly site: string;
  readonly connected: boolean;
  readonly lastSeen: unknown;
  readonly acked: { readonly samples: number; readonly segments: number; readonly bytes: number };
  readonly backlog: { readonly samples: number; readonly bytes: number };
  readonly problem: string | null;
  readonly gaps: readonly Gap[];
}

export interface Gap {
  readonly samples: number | null;
  readonly reason: string;
  readonly firstTime: number | null;
  readonly lastTime: number | null;
}

export interface Rows {
  readonly series: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (number | string | boolean | null)[])[];
  /** Of samples alone. */
  readonly gaps?: readonly unknown[];
}

export class HubClient {
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  /** Any path of the API, with parameters, whatever the answer. */
  get(path: string, parameters: Readonly<Record<string, string>> = {}): Promise<Response> {
    const query = new URLSearchParams(parameters).toString();
    return fetch(`${this.#url}${path}${query === '' ? '' : `?${query}`}`);
  }

  async series(match?: string): Promise<SeriesRow[]> {
    const answer = await this.#json<{ series: SeriesRow[] }>('/api/v1/series', match === undefined ? {} : { match });
    return answer.series;
  }

  async agents(): Promise<AgentRow[]> {
    return (await this.#json<{ agents: AgentRow[] }>('/api/v1/agents')).agents;
  }

  samples(series: string, more: Readonly<Record<string, string>> = {}): Promise<Rows> {
    return this.#json<Rows>('/api/v1/samples', { series, ...more });
  }

  aggregate(series: string, parameters: Readonly<Record<string, string>>): Promise<Rows> {
    return this.#json<Rows>('/api/v1/aggregate', { series, ...parameters });
  }

  /** Times (µs) and values of a series of numbers, from CSV, bit for bit. */
  async numbers(
    series: string,
    more: Readonly<Record<string, string>> = {},
  ): Promise<{ time: number[]; value: number[] }> {
    const response = await this.get('/api/v1/samples', { series, format: 'csv', ...more });
    const text = await response.text();
    if (!response.ok) throw new Error(`${response.status} for the samples of ${series}: ${text}`);
    const [header, ...lines] = text.trimEnd().split('\n');
    if (header.trimEnd() !== 'time,value,quality') throw new Error(`the header of ${series} is ${header}`);
    const time: number[] = [];
    const value: number[] = [];
    for (const line of lines) {
      const [t, v] = line.split(',', 2);
      time.push(Number(t));
      value.push(Number(v));
    }
    return { time, value };
  }

  async #json<T>(path: string, parameters: Readonly<Record<string, string>> = {}): Promise<T> {
    const response = await this.get(path, parameters);
    const body = await response.text();
    if (!response.ok) throw new Error(`${response.status} for ${path} ${JSON.stringify(parameters)}: ${body}`);
    return JSON.parse(body) as T;
  }
}
