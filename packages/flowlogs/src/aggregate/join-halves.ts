import { rules } from '../meaning/evidence.js';
import { evidenceColumns } from '../meaning/flow-cells.js';
import { Orienter } from '../meaning/orienter.js';
import type { AddressColumn, Column, ColumnBatch, DoubleColumn } from '../scan/columns.js';

/** Fields that joining looks at, as far as a format has them. */
export const joinColumns: readonly string[] = [...evidenceColumns, 'packets', 'bytes'];

/**
 * Gives the rows of batches the columns of `joinedFields`, so that the two records of a connection, one for each way,
 * have equal keys. Where nothing tells who opened it, the end with the lower address (then port) stands as client in
 * both halves, and `decided-by` is `original` or absent.
 */
export class HalvesJoiner {
  readonly #orienter: Orienter;
  #arrays: Arrays = arraysOf(0);

  constructor(orienter: Orienter = new Orienter()) {
    this.#orienter = orienter;
  }

  /** The batch with more columns; valid until the next call. */
  join(batch: ColumnBatch): ColumnBatch {
    const { rows, columns, dictionary } = batch;
    const { initiators, decidedBy } = this.#orienter.orientBatch(batch);
    if (this.#arrays.capacity < rows) this.#arrays = arraysOf(rows);
    const made = this.#arrays;
    const source = realEnd(columns, 'pkt-srcaddr', 'srcaddr');
    const destination = realEnd(columns, 'pkt-dstaddr', 'dstaddr');
    const sourcePort = integers(columns, 'srcport');
    const destinationPort = integers(columns, 'dstport');
    const packets = doubles(columns, 'packets');
    const bytes = doubles(columns, 'bytes');
    const ruleIds = rules.map((rule, index) => (index === 0 ? 0 : dictionary.symbols.intern(rule)));
    for (let row = 0; row < rows; row++) {
      const rule = decidedBy[row]!;
      const isGuess = rules[rule] === 'none' || rules[rule] === 'original';
      const isFromClient = isGuess
        ? isLower(source, destination, sourcePort?.[row] ?? -1, destinationPort?.[row] ?? -1, row, batch)
        : initiators[row] === 1;
      copyEnd(source, made.client, made.server, isFromClient, row);
      copyEnd(destination, made.server, made.client, isFromClient, row);
      const ports = [sourcePort?.[row] ?? -1, destinationPort?.[row] ?? -1] as const;
      made.clientport.values[row] = ports[isFromClient ? 0 : 1];
      made.serverport.values[row] = ports[isFromClient ? 1 : 0];
      made.decidedBy.values[row] = ruleIds[rule]!;
      const count = packets?.[row] ?? NaN;
      const size = bytes?.[row] ?? NaN;
      made.packetsToServer.values[row] = isFromClient ? count : NaN;
      made.bytesToServer.values[row] = isFromClient ? size : NaN;
      made.packetsToClient.values[row] = isFromClient ? NaN : count;
      made.bytesToClient.values[row] = isFromClient ? NaN : size;
    }
    const joined = new Map<string, Column>(columns);
    joined.set('client', made.client);
    joined.set('clientport', made.clientport);
    joined.set('server', made.server);
    joined.set('serverport', made.serverport);
    joined.set('decided-by', made.decidedBy);
    joined.set('packets-to-server', made.packetsToServer);
    joined.set('bytes-to-server', made.bytesToServer);
    joined.set('packets-to-client', made.packetsToClient);
    joined.set('bytes-to-client', made.bytesToClient);
    return { ...batch, columns: joined };
  }
}

type RealEnd = (row: number) => { readonly column: AddressColumn | undefined };

function realEnd(columns: ReadonlyMap<string, Column>, packet: string, atInterface: string): RealEnd {
  const inner = columns.get(packet);
  const outer = columns.get(atInterface);
  const fallback = { column: outer?.type === 'address' ? outer : undefined };
  if (inner?.type !== 'address') return () => fallback;
  const real = { column: inner };
  return (row) => (inner.families[row] === 0 ? fallback : real);
}

function copyEnd(from: RealEnd, one: AddressColumn, other: AddressColumn, isOne: boolean, row: number): void {
  const { column } = from(row);
  const to = isOne ? one : other;
  to.values[row] = column?.values[row] ?? 0;
  to.families[row] = column?.families[row] ?? 0;
}

function isLower(
  source: RealEnd,
  destination: RealEnd,
  sourcePort: number,
  destinationPort: number,
  row: number,
  batch: ColumnBatch,
): boolean {
  const a = wordsOf(source(row).column, row, batch);
  const b = wordsOf(destination(row).column, row, batch);
  for (let i = 0; i < 4; i++) if (a[i] !== b[i]) return (a[i] ?? 0) < (b[i] ?? 0);
  return sourcePort <= destinationPort;
}

function wordsOf(column: AddressColumn | undefined, row: number, batch: ColumnBatch): readonly number[] {
  const value = column?.values[row] ?? 0;
  return column?.families[row] === 6 ? batch.dictionary.addresses.words(value) : [value];
}

interface Arrays {
  readonly capacity: number;
  readonly client: AddressColumn;
  readonly server: AddressColumn;
  readonly clientport: { readonly type: 'integer'; readonly values: Int32Array };
  readonly serverport: { readonly type: 'integer'; readonly values: Int32Array };
  readonly decidedBy: { readonly type: 'symbol'; readonly values: Uint32Array };
  readonly packetsToServer: DoubleColumn;
  readonly bytesToServer: DoubleColumn;
  readonly packetsToClient: DoubleColumn;
  readonly bytesToClient: DoubleColumn;
}

function arraysOf(capacity: number): Arrays {
  const address = (): AddressColumn => ({
    type: 'address',
    values: new Uint32Array(capacity),
    families: new Uint8Array(capacity),
  });
  const double = (): DoubleColumn => ({ type: 'double', values: new Float64Array(capacity) });
  return {
    capacity,
    client: address(),
    server: address(),
    clientport: { type: 'integer', values: new Int32Array(capacity) },
    serverport: { type: 'integer', values: new Int32Array(capacity) },
    decidedBy: { type: 'symbol', values: new Uint32Array(capacity) },
    packetsToServer: double(),
    bytesToServer: double(),
    packetsToClient: double(),
    bytesToClient: double(),
  };
}

function integers(columns: ReadonlyMap<string, Column>, name: string): Int32Array | undefined {
  const column = columns.get(name);
  return column?.type === 'integer' ? column.values : undefined;
}

function doubles(columns: ReadonlyMap<string, Column>, name: string): Float64Array | undefined {
  const column = columns.get(name);
  return column?.type === 'double' ? column.values : undefined;
}
