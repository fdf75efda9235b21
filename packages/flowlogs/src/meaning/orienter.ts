import { FlowLogsError } from '../errors.js';
import type { FlowRecord } from '../record/record.js';
import type { ColumnBatch } from '../scan/columns.js';
import { ConnectionMemory, type MemoryOptions } from './connection-memory.js';
import { type FactsOf, type Rule, rules } from './evidence.js';
import { type Orientation, explained } from './explain.js';
import { cellReader, cellsOf } from './flow-cells.js';
import { EndHashes, FlowCells } from './flow-ends.js';
import { prepareFacts } from './interface-facts.js';
import { type AllowedRules, Answer, climb } from './ladder.js';

export interface OrientOptions extends MemoryOptions {
  /** What is known about interfaces. Default nothing. */
  readonly interfaces?: FactsOf;
  /** Rules that may decide; `['original']` does as the first connection tracker did. Default all. */
  readonly rules?: readonly Rule[];
}

/** Answers for the rows of a batch; valid until the next call. Arrays may be longer than the batch has rows. */
export interface OrientedRows {
  /** 0 unknown, 1 ingress, 2 egress. */
  readonly directions: Uint8Array;
  /** Index into `directionRules`. */
  readonly directionsBy: Uint8Array;
  /** 0 unknown, 1 the source opened the connection, 2 the destination did. */
  readonly initiators: Uint8Array;
  /** Index into `rules`. */
  readonly decidedBy: Uint8Array;
}

/**
 * Tells for a stream of records which way their packets went and who opened their connections, remembering in bounded
 * memory what earlier records told. Feed it records in about the order of their delivery.
 */
export class Orienter {
  readonly #memory: ConnectionMemory;
  readonly #allowed: AllowedRules;
  readonly #interfaces: FactsOf | undefined;
  readonly #cells = new FlowCells();
  readonly #hashes = new EndHashes();
  readonly #answer = new Answer();
  readonly #counts = new Float64Array(rules.length);
  #rows: OrientedRows = emptyRows(0);

  /** @throws FlowLogsError NET_FLOWLOGS_ARGUMENT for a rule that does not exist */
  constructor(options: OrientOptions = {}) {
    this.#memory = new ConnectionMemory(options);
    this.#allowed = allowedRules(options.rules);
    this.#interfaces = options.interfaces;
  }

  /** How many records each rule has decided. */
  get counts(): Readonly<Record<Rule, number>> {
    return Object.fromEntries(rules.map((rule, index) => [rule, this.#counts[index]])) as Record<
      Rule,
      number
    >;
  }

  /** Learns from a record, and answers for it. */
  orient(record: FlowRecord): Orientation {
    const cells = cellsOf(record);
    this.#hashes.of(cells);
    this.#memory.learn(cells, this.#hashes);
    const facts = this.#factsOf(record.interfaceId, cells.startMs);
    climb(cells, this.#hashes, this.#memory, facts, this.#allowed, this.#answer);
    this.#counts[this.#answer.decidedBy]!++;
    return explained(record, this.#answer);
  }

  /** Learns from all rows of a batch, and then answers for each: later rows help earlier ones. */
  orientBatch(batch: ColumnBatch): OrientedRows {
    if (this.#rows.decidedBy.length < batch.rows) this.#rows = emptyRows(batch.rows);
    const { directions, directionsBy, initiators, decidedBy } = this.#rows;
    const answer = this.#answer;
    this.learn(batch);
    const read = cellReader(batch, this.#cells);
    for (let row = 0; row < batch.rows; row++) {
      read(row);
      this.#hashes.of(this.#cells);
      const { interfaceSymbol, startMs } = this.#cells;
      const facts =
        this.#interfaces === undefined
          ? undefined
          : this.#factsOf(batch.dictionary.text(interfaceSymbol), startMs);
      climb(this.#cells, this.#hashes, this.#memory, facts, this.#allowed, answer);
      directions[row] = answer.direction;
      directionsBy[row] = answer.directionBy;
      initiators[row] = answer.initiator;
      decidedBy[row] = answer.decidedBy;
      this.#counts[answer.decidedBy]!++;
    }
    return this.#rows;
  }

  /** Only learns: for a first pass over files that are then oriented in a second. */
  learn(batch: ColumnBatch): void {
    const read = cellReader(batch, this.#cells);
    for (let row = 0; row < batch.rows; row++) {
      read(row);
      this.#hashes.of(this.#cells);
      this.#memory.learn(this.#cells, this.#hashes);
    }
  }

  #factsOf(interfaceId: string | undefined, atMs: number): ReturnType<typeof prepareFacts> | undefined {
    if (interfaceId === undefined) return undefined;
    const facts = this.#interfaces?.(interfaceId, atMs);
    return facts === undefined ? undefined : prepareFacts(facts);
  }
}

/**
 * Which way one record's packets went and who opened its connection, by what is in the record and in `interfaces`. A
 * stream of records tells more: see `Orienter`.
 */
export function orient(
  record: FlowRecord,
  options: Pick<OrientOptions, 'interfaces' | 'rules'> = {},
): Orientation {
  const cells = cellsOf(record);
  const hashes = new EndHashes();
  const answer = new Answer();
  const facts =
    record.interfaceId === undefined ? undefined : options.interfaces?.(record.interfaceId, cells.startMs);
  const prepared = facts === undefined ? undefined : prepareFacts(facts);
  climb(cells, hashes, undefined, prepared, allowedRules(options.rules), answer);
  return explained(record, answer);
}

function allowedRules(given: readonly Rule[] | undefined): AllowedRules {
  const unknown = given?.find((rule) => !rules.includes(rule));
  if (unknown !== undefined) throw new FlowLogsError('NET_FLOWLOGS_ARGUMENT', `there is no rule ${unknown}`);
  return rules.map((rule) => given === undefined || given.includes(rule));
}

function emptyRows(rows: number): OrientedRows {
  return {
    directions: new Uint8Array(rows),
    directionsBy: new Uint8Array(rows),
    initiators: new Uint8Array(rows),
    decidedBy: new Uint8Array(rows),
  };
}
