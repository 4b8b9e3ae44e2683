import type { DuckDBInstance } from '@duckdb/node-api';
import type { Columns } from '@sluis/protocol';
import type { FileClient } from './file-client.ts';
import { FileExtents } from './file-extents.ts';
import { HotTables } from './hot-tables.ts';
import { Loader } from './loader.ts';
import { SampleWriter } from './sample-writer.ts';
import type { SeriesIndex } from './series-index.ts';
import { SeriesOrder } from './series-order.ts';
import { SoundFiles } from './sound-files.ts';
import { Views } from './view.ts';

/** What the query process is made of, without its door. */
export interface QueryParts {
  readonly views: Views;
  readonly index: SeriesIndex;
  readonly files: FileExtents;
  readonly tables: HotTables;
  readonly loader: Loader;
  readonly writer: SampleWriter;
  readonly sound: SoundFiles;
}

export async function createQueryParts(options: {
  readonly instance: DuckDBInstance;
  readonly index: SeriesIndex;
  readonly rowsPerTable: number;
  readonly fileThread: FileClient;
  loadedRows(columns: Columns): void;
}): Promise<QueryParts> {
  const { instance, index, rowsPerTable, fileThread, loadedRows } = options;
  const views = new Views();
  const tables = await HotTables.create({ connection: await instance.connect(), rowsPerTable, views });
  const files = new FileExtents({ connection: await instance.connect(), views, index, tables });
  const loader = new Loader({ index, tables, views, files, loadedRows });
  const sound = new SoundFiles();
  const writer = new SampleWriter({ views, index, order: new SeriesOrder(instance), files: fileThread });
  return { views, index, files, tables, loader, writer, sound };
}
