import type { ThriftStruct } from './thrift.ts';

/*
 * Names of numbers in https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift
 */

export const MAGIC = Buffer.from('PAR1');
export const Physical = { int32: 1, int64: 2, double: 5, bytes: 6 } as const;
export const Encoding = { plain: 0, rle: 3, delta: 5, dictionary: 8 } as const;
export const Codec = { none: 0, zstd: 6 } as const;
export const PageType = { data: 0, dictionary: 2 } as const;
const OPTIONAL = 1;

/** How a column's values are stored, and what they are: as the deprecated form says it, and as the newer one. */
interface ColumnType {
  readonly physical: number;
  readonly converted?: number;
  readonly logical?: ThriftStruct;
}

const integer = (bits: number, signed: boolean): ThriftStruct => ({
  10: { struct: { 1: { i8: bits }, 2: { bool: signed } } },
});

/** The types that files of samples have, under DuckDB's names of them. Each column may have nulls, as in what DuckDB writes. */
export const columnTypes = {
  VARCHAR: { physical: Physical.bytes, converted: 0, logical: { 1: { struct: {} } } },
  TIMESTAMPTZ: {
    physical: Physical.int64,
    converted: 10,
    logical: { 8: { struct: { 1: { bool: true }, 2: { struct: { 2: { struct: {} } } } } } },
  },
  DOUBLE: { physical: Physical.double },
  UTINYINT: { physical: Physical.int32, converted: 11, logical: integer(8, false) },
  USMALLINT: { physical: Physical.int32, converted: 12, logical: integer(16, false) },
  UBIGINT: { physical: Physical.int64, converted: 14, logical: integer(64, false) },
  BIGINT: { physical: Physical.int64, converted: 18, logical: integer(64, true) },
} as const satisfies Record<string, ColumnType>;

export interface Column {
  readonly name: string;
  readonly type: keyof typeof columnTypes;
}

export function schemaElement({ name, type }: Column): ThriftStruct {
  const { physical, converted, logical }: ColumnType = columnTypes[type];
  return {
    1: { i32: physical },
    3: { i32: OPTIONAL },
    4: { binary: Buffer.from(name) },
    6: converted === undefined ? undefined : { i32: converted },
    10: logical && { struct: logical },
  };
}
