import { promisify } from 'node:util';
import * as zlib from 'node:zlib';
import type { ColumnMetaData, FileMetaData } from 'hyparquet';
import { FlowLogsError } from '../errors.js';
import { fieldOf } from '../format/fields.js';
import type { Dictionary } from '../scan/dictionary.js';
import { Cells } from './cells.js';
import type { ParquetSource } from './read-parquet.js';
import { OtherEncodingError, readColumnChunk } from './read-pages.js';

/**
 * The wanted columns of a row group, as far as the file has them, in cells. Encodings that flow logs do not have are
 * left to hyparquet's general reader.
 * @throws FlowLogsError NET_FLOWLOGS_DAMAGED
 */
export async function columnsOfGroup(
  file: ParquetSource,
  metadata: FileMetaData,
  group: number,
  wanted: readonly string[],
  dictionary: Dictionary,
  source: string,
  signal: AbortSignal | undefined,
): Promise<Map<string, Cells>> {
  const found = new Map<string, Cells>();
  const { columns, num_rows } = metadata.row_groups[group]!;
  const reads = columns.map(async ({ meta_data }) => {
    const path = meta_data?.path_in_schema;
    if (meta_data === undefined || path?.length !== 1) return;
    const field = fieldOf(path[0]!);
    if (!wanted.includes(field.name)) return;
    signal?.throwIfAborted();
    try {
      found.set(field.name, await readOne(file, metadata, group, meta_data, Number(num_rows), dictionary));
    } catch (error) {
      if (error instanceof FlowLogsError || signal?.aborted === true) throw error;
      const message = `${source}: column ${path[0]!} is damaged: ${(error as Error).message}`;
      throw new FlowLogsError('NET_FLOWLOGS_DAMAGED', message, { cause: error });
    }
  });
  // All have to end before the source may be closed.
  for (const result of await Promise.allSettled(reads)) {
    if (result.status === 'rejected') throw result.reason;
  }
  return found;
}

async function readOne(
  file: ParquetSource,
  metadata: FileMetaData,
  group: number,
  column: ColumnMetaData,
  rows: number,
  dictionary: Dictionary,
): Promise<Cells> {
  const name = column.path_in_schema[0]!;
  const field = fieldOf(name);
  const schema = metadata.schema.find((entry) => entry.name === name);
  const isFlat = schema?.repetition_type !== 'REPEATED' && (schema?.num_children ?? 0) === 0;
  if (isFlat && Number(column.num_values) === rows) {
    const start = Number(column.dictionary_page_offset ?? column.data_page_offset);
    const end = start + Number(column.total_compressed_size);
    if (!(start >= 0 && end <= file.byteLength)) throw new RangeError('outside the file');
    const bytes = new Uint8Array(await file.slice(start, end));
    const inflate = inflaterFor(column.codec);
    const isOptional = schema?.repetition_type !== 'REQUIRED';
    try {
      return await readColumnChunk(
        { bytes, type: column.type, rows, isOptional, inflate },
        field,
        dictionary,
      );
    } catch (error) {
      if (!(error instanceof OtherEncodingError)) throw error;
    }
  }
  return readGeneral(file, metadata, group, name, rows, dictionary);
}

/** Any encoding, several times slower. */
async function readGeneral(
  file: ParquetSource,
  metadata: FileMetaData,
  group: number,
  name: string,
  rows: number,
  dictionary: Dictionary,
): Promise<Cells> {
  const [{ parquetRead }, { compressors }] = await Promise.all([
    import('hyparquet'),
    import('hyparquet-compressors'),
  ]);
  const before = metadata.row_groups.slice(0, group).reduce((sum, part) => sum + Number(part.num_rows), 0);
  const cells = new Cells(fieldOf(name), rows, dictionary);
  await parquetRead({
    file,
    metadata,
    columns: [name],
    rowStart: before,
    rowEnd: before + rows,
    compressors,
    onChunk: ({ columnData, rowStart }) => {
      for (let i = 0; i < columnData.length; i++) {
        const row = rowStart - before + i;
        const value: unknown = columnData[i];
        if (row < 0 || row >= rows || value === null || value === undefined) continue;
        if (typeof value === 'number' || typeof value === 'bigint') cells.setNumber(row, Number(value));
        else if (value instanceof Date) cells.setNumber(row, value.getTime());
        else if (typeof value === 'string') cells.setText(row, value);
        else cells.bad.set(row, 'neither a number nor a text');
      }
    },
  });
  return cells;
}

type Inflate = (bytes: Uint8Array, length: number) => Promise<Uint8Array>;

const gunzip = promisify<Uint8Array, zlib.ZlibOptions, Buffer>(zlib.gunzip);
const maxPageBytes = 1 << 28;

function inflaterFor(codec: ColumnMetaData['codec']): Inflate {
  if (codec === 'UNCOMPRESSED') return (bytes) => Promise.resolve(bytes);
  return async (bytes, length) => {
    if (length > maxPageBytes) throw new RangeError(`a page of ${length} bytes`);
    if (length === 0) return new Uint8Array(0);
    if (codec === 'GZIP')
      return gunzip(bytes, { maxOutputLength: length, chunkSize: Math.max(1024, length + 64) });
    const { compressors } = await import('hyparquet-compressors');
    const inflate = compressors[codec];
    if (inflate === undefined) throw new RangeError(`compression ${codec}`);
    return inflate(bytes, length);
  };
}
