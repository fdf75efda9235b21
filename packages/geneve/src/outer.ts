import { concatBytes, write16 } from './bytes.js';
import { GENEVE_PORT } from './geneve.js';
import { buildIp, udp } from './packet-builder.js';

/** Outer addressing of a Geneve packet. */
export interface OuterInput {
  readonly source: string;
  readonly destination: string;
  /** The sender's port; GWLB keeps one per flow. */
  readonly sourcePort: number;
  /** 6081 when left out. */
  readonly destinationPort?: number;
}

/** A whole packet as it is on the wire below Ethernet: outer IP, UDP with checksum 0, Geneve header, inner packet. */
export function buildOuter(
  outer: OuterInput,
  geneveHeader: Uint8Array,
  inner: Uint8Array,
): Uint8Array<ArrayBuffer> {
  const packet = buildIp({
    source: outer.source,
    destination: outer.destination,
    payload: udp(outer.sourcePort, outer.destinationPort ?? GENEVE_PORT, concatBytes(geneveHeader, inner)),
  });
  write16(packet, (packet[0]! >> 4 === 4 ? 20 : 40) + 6, 0);
  return packet;
}
