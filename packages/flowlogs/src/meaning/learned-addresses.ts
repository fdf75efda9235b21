import { type AddressCell, type FlowCells, mix } from './flow-ends.js';

/**
 * Finds an interface's own address from its records alone: flow logs write the interface's primary address at one end
 * of every record (Amazon VPC User Guide, "Flow log limitations"), so it is the one that all have in common. Known
 * after the first two records with different other ends; given up for good when no address is left.
 */
export class LearnedAddresses {
  readonly #candidates = new Map<number, Candidates>();
  readonly #maxInterfaces: number;

  constructor(maxInterfaces: number) {
    this.#maxInterfaces = maxInterfaces;
  }

  learn(cells: FlowCells): void {
    const { source, destination } = cells;
    if (cells.interfaceHash === 0 || source.family === 0 || source.family !== destination.family) return;
    const key = keyOf(cells);
    const from = numberOf(source);
    const to = numberOf(destination);
    const known = this.#candidates.get(key);
    if (known === undefined) {
      if (this.#candidates.size < this.#maxInterfaces) this.#candidates.set(key, { one: from, other: to });
      return;
    }
    if (known.one !== from && known.one !== to) known.one = none;
    if (known.other !== from && known.other !== to) known.other = none;
  }

  /** 1 when the source is the interface's own address, 2 when the destination is, 0 when that is not known. */
  ownEnd(cells: FlowCells): 0 | 1 | 2 {
    const known = this.#candidates.get(keyOf(cells));
    if (known === undefined || (known.one === none) === (known.other === none)) return 0;
    const own = known.one === none ? known.other : known.one;
    const isSource = numberOf(cells.source) === own;
    const isDestination = numberOf(cells.destination) === own;
    return isSource === isDestination ? 0 : isSource ? 1 : 2;
  }
}

interface Candidates {
  one: number;
  other: number;
}

const none = -1;

function keyOf(cells: FlowCells): number {
  return (cells.interfaceHash >>> 0) * 2 + (cells.source.family === 6 ? 1 : 0);
}

/** IPv4 as it is; of IPv6 53 bits of two hashes. */
function numberOf({ family, words }: AddressCell): number {
  if (family !== 6) return words[0]!;
  let a = 0x2545f491;
  let b = 0x51ed270b;
  for (let i = 0; i < 4; i++) {
    a = mix(a ^ words[i]!);
    b = mix(b ^ words[i]!);
  }
  return (a >>> 0) * 2_097_152 + (b >>> 11);
}
