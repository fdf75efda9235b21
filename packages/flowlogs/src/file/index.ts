export { type FileBatchesOptions, fileBatches } from './file-batches.js';
export { type LogFile, findFiles } from './find-files.js';
export { openParquetFile } from './parquet-file.js';
export { type ByteRange, type ReadFileOptions, type ReadResult, readLogFile } from './read-file.js';
export { type ParquetOptions, type ParquetSource, parquetBatches } from '../parquet/read-parquet.js';
