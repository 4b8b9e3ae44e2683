import { WHERE_BELOW } from '../peer.ts';

/* eKuiper's part of the edge's work: what is posted to its REST API, `/streams` and `/rules`. */

export const STREAM = 'sluis_lines';
export const RULES = ['sluis_raw', 'sluis_ten'] as const;

/** Both rules share one decode of what comes. Times are ms. */
export const stream = {
  sql: `CREATE STREAM ${STREAM} () WITH (DATASOURCE="/lines", FORMAT="json", TYPE="httppush", TIMESTAMP="time", SHARED="true")`,
};

export function rules({ receiver, folder }: { receiver: string; folder: string }): unknown[] {
  // Sent in batches, each once more while it is not answered; kept as lines, without fsync.
  const actions = (name: string): unknown[] => [
    {
      rest: {
        url: `${receiver}/${name}`,
        method: 'post',
        sendSingle: false,
        batchSize: 1000,
        lingerInterval: 500,
        enableCache: true,
      },
    },
    { file: { path: `${folder}/${name}.json`, fileType: 'lines', format: 'json', sendSingle: true } },
  ];
  const [raw, ten] = RULES;
  return [
    { id: raw, sql: `SELECT machine, value, time FROM ${STREAM}`, actions: actions('raw') },
    {
      id: ten,
      sql: `SELECT machine, window_start() AS startMs, avg(value) AS meanValue, min(value) AS minValue, max(value) AS maxValue, count(*) AS samples FROM ${STREAM} WHERE value < ${WHERE_BELOW} GROUP BY machine, TUMBLINGWINDOW(ss, 10)`,
      actions: actions('windows'),
      options: { isEventTime: true, lateTolerance: 1000 },
    },
  ];
}
