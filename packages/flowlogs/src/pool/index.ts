export { type AggregatedFiles, type AggregateFilesOptions, aggregateFiles } from './aggregate-files.js';
