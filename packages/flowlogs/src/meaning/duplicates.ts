import type { FlowRecord } from '../record/record.js';
import type { ColumnBatch } from '../scan/columns.js';
import { FingerprintTable } from './fingerprint-table.js';
import { cellReader, evidenceColumns } from './flow-cells.js';
import { FlowCells, mix } from './flow-ends.js';

/**
 * Equal for records of the same packets: interface, addresses, ports, protocol, window and action. `source` (the flow
 * log's id, or a stream) makes it a key within one flow log; without it, the second record of an interface that two
 * flow logs watch, one on the VPC and one on the subnet, is a duplicate of the first. Addresses of the packets are part
 * of it: through a NAT gateway they tell connections apart.
 */
export function deduplicationKey(record: FlowRecord, source?: string): string {
  const parts = [
    source,
    record.interfaceId ?? record.resourceId ?? record.tgwAttachmentId,
    record.srcaddr,
    record.dstaddr,
    record.srcport,
    record.dstport,
    record.protocol,
    record.pktSrcaddr ?? record.srcaddr,
    record.pktDstaddr ?? record.dstaddr,
    record.startMs,
    record.endMs,
    record.action,
    record.logStatus ?? 'OK',
  ];
  return parts.map((part) => part ?? '-').join(' ');
}

/** Columns that `DuplicateFilter` looks at, as far as a format has them. */
export const duplicateColumns: readonly string[] = [
  ...evidenceColumns,
  'end',
  'resource-id',
  'tgw-attachment-id',
];

/** Finds repeated records in batches, by fingerprints in bounded memory: the last `entries` records or so. */
export class DuplicateFilter {
  readonly #seen: FingerprintTable;
  readonly #cells = new FlowCells();
  /** Records found to be repeated. */
  duplicates = 0;

  /** 16 bytes an entry. */
  constructor(entries: number = 1_048_576) {
    this.#seen = new FingerprintTable(entries);
  }

  /** Clears `mask[row]` of repeated records; other cells of the mask stay. */
  apply(batch: ColumnBatch, mask: Uint8Array): void {
    const cells = this.#cells;
    const read = cellReader(batch, cells);
    const end = batch.columns.get('end');
    const owners = ['resource-id', 'tgw-attachment-id'].map((name) => batch.columns.get(name));
    for (let row = 0; row < batch.rows; row++) {
      if (mask[row] === 0) continue;
      read(row);
      let a = mix(cells.interfaceHash ^ 0x2545f491);
      let b = mix(cells.interfaceHash ^ 0x51ed270b);
      const take = (value: number): void => {
        a = mix(a ^ value);
        b = mix(Math.imul(b, 0x297a2d39) ^ value);
      };
      for (const owner of owners) {
        if (owner?.type === 'symbol') take(batch.dictionary.symbols.hash(owner.values[row]!));
      }
      const packetSource = cells.packetSource.family === 0 ? cells.source : cells.packetSource;
      const packetDestination =
        cells.packetDestination.family === 0 ? cells.destination : cells.packetDestination;
      for (const address of [cells.source, cells.destination, packetSource, packetDestination]) {
        take(address.family);
        for (let word = 0; word < 4; word++) take(address.words[word]!);
      }
      take(((cells.sourcePort + 1) << 13) ^ (cells.destinationPort + 1));
      take(((cells.protocol + 1) << 1) | (cells.isAccepted ? 1 : 0));
      take(Math.floor(cells.startMs / 1000));
      const endMs = end?.type === 'double' ? end.values[row]! : 0;
      take(Math.floor(endMs / 1000));
      const seconds = Math.floor(cells.startMs / 1000);
      const entry = this.#seen.claim(a, b, seconds);
      if (this.#seen.values[entry] === 1) {
        mask[row] = 0;
        this.duplicates++;
      } else this.#seen.values[entry] = 1;
    }
  }
}
