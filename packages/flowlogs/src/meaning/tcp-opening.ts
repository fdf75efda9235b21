import type { FlowCells } from './flow-ends.js';

/**
 * What a record's own TCP flags tell: 1, SYN without ACK, only the end that opens a connection sends (2, 3 with FIN, 6
 * with RST); 2, SYN and ACK, only the end that was called (18, 19, 22); 0, neither was seen in this window.
 * Source: RFC 9293, section 3.5; Amazon VPC User Guide, field `tcp-flags`.
 */
export function opening(cells: FlowCells): 0 | 1 | 2 {
  if (cells.protocol !== 6 || cells.flags < 0) return 0;
  const synAck = cells.flags & 18;
  return synAck === 2 ? 1 : synAck === 18 ? 2 : 0;
}
