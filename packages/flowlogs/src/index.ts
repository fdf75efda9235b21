export { FlowLogsError, type FlowLogsErrorCode } from './errors.js';
export { type Field, type FieldKind, fieldOf, fields, knownField } from './format/fields.js';
export { allFieldsFormat, defaultFormat, LogFormat, transitGatewayFormat } from './format/log-format.js';
export { inferFormat } from './format/infer.js';
export {
  type Address,
  type Address4,
  type Address6,
  formatAddress,
  formatIpv4,
  formatIpv6,
  parseAddress,
} from './record/address.js';
export { type FlowRecord, type FlowRecordKey, recordKey } from './record/record.js';
export { type LineError, type LineResult, parseLine } from './record/parse-line.js';
export { type PrintOptions, printLine } from './record/print-line.js';
export { toEpochMs } from './record/field-value.js';
export { ColumnScanner, type ScanOptions, type StatusLine } from './scan/column-scanner.js';
export {
  type AddressColumn,
  type Column,
  type ColumnBatch,
  type DoubleColumn,
  type IntegerColumn,
  type SymbolColumn,
  columnOf,
} from './scan/columns.js';
export { AddressTable, Dictionary, symbols } from './scan/dictionary.js';
export { Interner } from './scan/interner.js';
export { type ParseOptions, parseChunks } from './scan/parse-chunks.js';
export { type FlowRow, rowOf, rowsOf } from './scan/row.js';
export { type ScanStreamOptions, pumpColumns, scanColumns } from './scan/scan-columns.js';
export {
  type RejectedLine,
  type ScanCounters,
  type Tolerance,
  addCounters,
  emptyCounters,
} from './scan/rejects.js';
export { type Chunks, compressionOf, decompress } from './stream/decompress.js';
export {
  Aggregation,
  type AggregationSpec,
  type Group,
  type Rest,
  type SpillStore,
} from './aggregate/aggregation.js';
export { DistinctCounter } from './aggregate/distinct.js';
export type { ExactSum } from './aggregate/exact-sums.js';
export { type CompiledFilter, type RowFilter, compileFilter } from './aggregate/filter.js';
export { type FileSpillOptions, createFileSpill } from './aggregate/file-spill.js';
export { HalvesJoiner, joinColumns } from './aggregate/join-halves.js';
export { joinedFields } from './aggregate/joined-fields.js';
export type { Key } from './aggregate/keys.js';
export type { Measure, SumMeasure } from './aggregate/measures.js';
export { type AggregationState, transferablesOf } from './aggregate/state.js';
export { AddressClasses, type AddressClass, type AddressClassOptions } from './meaning/address-classes.js';
export { type AwsOwner, type AwsRanges, parseAwsRanges } from './meaning/aws-ranges.js';
export { bundledAwsRanges } from './meaning/bundled-aws-ranges.js';
export type { MemoryOptions } from './meaning/connection-memory.js';
export { DuplicateFilter, deduplicationKey, duplicateColumns } from './meaning/duplicates.js';
export {
  type DirectionRule,
  type FactsOf,
  type InterfaceFacts,
  type Listener,
  type Rule,
  type TrafficRule,
  directionRules,
  directions,
  initiators,
  rules,
} from './meaning/evidence.js';
export type { ConnectionEnd, Orientation } from './meaning/explain.js';
export { evidenceColumns } from './meaning/flow-cells.js';
export { type OrientOptions, type OrientedRows, Orienter, orient } from './meaning/orienter.js';
export { isOriginalPrivate } from './meaning/original-private.js';
export { type SpecialPurpose, specialPurposePrefixes } from './meaning/special-purpose.js';
export { type Prefix, formatPrefix, parsePrefix } from './meaning/prefix.js';
export { PrefixTable } from './meaning/prefix-table.js';
export {
  type Connection,
  type ConnectionKind,
  type ConnectionMix,
  defaultMix,
} from './generate/connections.js';
export {
  type GenerateLinesOptions,
  type GenerateOptions,
  type GeneratedRecord,
  generateRecords,
  generateText,
  generatedNetwork,
} from './generate/generate.js';
export type { Interface, Network } from './generate/network.js';
export type { TrueRecord } from './generate/records.js';
export { type InitiatorScore, type RuleScore, scoreInitiators } from './generate/score-initiators.js';
