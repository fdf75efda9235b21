import { parseAddress } from '../record/address.js';
import type { FlowRecord } from '../record/record.js';
import { type Column, type ColumnBatch } from '../scan/columns.js';
import { symbols } from '../scan/dictionary.js';
import { hashWords } from '../scan/interner.js';
import { FlowCells } from './flow-ends.js';

/** Fields that are evidence, as far as a format has them. */
export const evidenceColumns: readonly string[] = [
  'account-id',
  'interface-id',
  'srcaddr',
  'dstaddr',
  'srcport',
  'dstport',
  'protocol',
  'start',
  'action',
  'vpc-id',
  'tcp-flags',
  'pkt-srcaddr',
  'pkt-dstaddr',
  'flow-direction',
  'traffic-path',
];

/** Reads rows of a batch one after the other into the same cells. */
export function cellReader(batch: ColumnBatch, cells: FlowCells): (row: number) => void {
  const column = (name: string): Column | undefined => batch.columns.get(name);
  const numbers = (name: string): Int32Array | Float64Array | undefined => {
    const found = column(name);
    return found?.type === 'integer' || found?.type === 'double' ? found.values : undefined;
  };
  const ids = (name: string): Uint32Array | undefined => {
    const found = column(name);
    return found?.type === 'symbol' ? found.values : undefined;
  };
  const { dictionary } = batch;
  const words = (name: string, target: Uint32Array): ((row: number) => number) => {
    const found = column(name);
    if (found?.type !== 'address') return () => 0;
    const { values, families } = found;
    return (row) => {
      const family = families[row]!;
      if (family === 4) {
        target[0] = values[row]!;
        target[1] = target[2] = target[3] = 0;
      } else if (family === 6) target.set(dictionary.addresses.words(values[row]!));
      return family;
    };
  };
  const srcport = numbers('srcport');
  const dstport = numbers('dstport');
  const protocol = numbers('protocol');
  const flags = numbers('tcp-flags');
  const path = numbers('traffic-path');
  const start = numbers('start');
  const vpc = ids('vpc-id');
  const account = ids('account-id');
  const eni = ids('interface-id');
  const action = ids('action');
  const direction = ids('flow-direction');
  const readSource = words('srcaddr', cells.source.words);
  const readDestination = words('dstaddr', cells.destination.words);
  const readPacketSource = words('pkt-srcaddr', cells.packetSource.words);
  const readPacketDestination = words('pkt-dstaddr', cells.packetDestination.words);
  return (row) => {
    cells.source.family = readSource(row);
    cells.destination.family = readDestination(row);
    cells.packetSource.family = readPacketSource(row);
    cells.packetDestination.family = readPacketDestination(row);
    cells.sourcePort = srcport?.[row] ?? -1;
    cells.destinationPort = dstport?.[row] ?? -1;
    cells.protocol = protocol?.[row] ?? -1;
    cells.flags = flags?.[row] ?? -1;
    cells.trafficPath = path?.[row] ?? -1;
    const startMs = start?.[row] ?? 0;
    cells.startMs = startMs === startMs ? startMs : 0;
    const scope = vpc?.[row] || account?.[row] || 0;
    cells.scope = scope === 0 ? 0 : dictionary.symbols.hash(scope);
    const interfaceSymbol = eni?.[row] ?? 0;
    cells.interfaceHash = interfaceSymbol === 0 ? 0 : dictionary.symbols.hash(interfaceSymbol);
    cells.interfaceSymbol = interfaceSymbol;
    cells.isAccepted = action?.[row] === symbols.accept;
    cells.isRejected = action?.[row] === symbols.reject;
    const way = direction?.[row];
    cells.flowDirection = way === symbols.ingress ? 1 : way === symbols.egress ? 2 : 0;
  };
}

/** Cells of one record. */
export function cellsOf(record: FlowRecord): FlowCells {
  const cells = new FlowCells();
  for (const [end, text] of [
    [cells.source, record.srcaddr],
    [cells.destination, record.dstaddr],
    [cells.packetSource, record.pktSrcaddr],
    [cells.packetDestination, record.pktDstaddr],
  ] as const) {
    const address = text === undefined ? undefined : parseAddress(text);
    end.family = address?.family ?? 0;
    if (address !== undefined) end.words.set(address.family === 4 ? [address.value, 0, 0, 0] : address.words);
  }
  cells.sourcePort = record.srcport ?? -1;
  cells.destinationPort = record.dstport ?? -1;
  cells.protocol = record.protocol ?? -1;
  cells.flags = record.tcpFlags ?? -1;
  cells.trafficPath = record.trafficPath ?? -1;
  cells.startMs = record.startMs ?? 0;
  cells.scope = hashText(record.vpcId ?? record.accountId);
  cells.interfaceHash = hashText(record.interfaceId);
  cells.isAccepted = record.action === 'ACCEPT';
  cells.isRejected = record.action === 'REJECT';
  cells.flowDirection = record.flowDirection === 'ingress' ? 1 : record.flowDirection === 'egress' ? 2 : 0;
  return cells;
}

/** The hash that dictionaries have of a text; 0 for none. */
function hashText(text: string | undefined): number {
  if (text === undefined) return 0;
  const bytes = Buffer.from(text);
  const view = new DataView(new ArrayBuffer(bytes.length + 4));
  new Uint8Array(view.buffer).set(bytes);
  return hashWords(view, 0, bytes.length);
}
