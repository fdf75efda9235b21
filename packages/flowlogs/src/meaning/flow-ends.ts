/** An address as numbers. */
export interface AddressCell {
  /** 4, 6 or 0 for none. */
  family: number;
  /** IPv4 in the first word, the others 0. */
  readonly words: Uint32Array;
}

/** What the rules look at, of one record. Filled again for each. */
export class FlowCells {
  readonly source: AddressCell = { family: 0, words: new Uint32Array(4) };
  readonly destination: AddressCell = { family: 0, words: new Uint32Array(4) };
  readonly packetSource: AddressCell = { family: 0, words: new Uint32Array(4) };
  readonly packetDestination: AddressCell = { family: 0, words: new Uint32Array(4) };
  /** -1 where absent, as all numbers. */
  sourcePort = -1;
  destinationPort = -1;
  protocol = -1;
  flags = -1;
  trafficPath = -1;
  startMs = 0;
  /** Hash of what tells equal private addresses apart: the VPC, else the account. */
  scope = 0;
  interfaceHash = 0;
  /** Id in the batch's dictionary; 0 for records. */
  interfaceSymbol = 0;
  isAccepted = false;
  isRejected = false;
  /** 0 unknown, 1 ingress, 2 egress. */
  flowDirection = 0;
}

/** Two independent hashes of each end, and of the connection whichever way the record goes. */
export class EndHashes {
  sourceA = 0;
  sourceB = 0;
  destinationA = 0;
  destinationB = 0;
  flowA = 0;
  flowB = 0;
  /** Whether the source is the end that comes first in the connection's hash. */
  isSourceFirst = false;

  /** The real ends count: packet addresses where the record has them. */
  of(cells: FlowCells): void {
    const source = cells.packetSource.family !== 0 ? cells.packetSource : cells.source;
    const destination = cells.packetDestination.family !== 0 ? cells.packetDestination : cells.destination;
    const seed = cells.scope ^ (cells.protocol << 24);
    this.sourceA = hashEnd(source, cells.sourcePort, seed ^ 0x2545f491);
    this.sourceB = hashEnd(source, cells.sourcePort, seed ^ 0x51ed270b);
    this.destinationA = hashEnd(destination, cells.destinationPort, seed ^ 0x2545f491);
    this.destinationB = hashEnd(destination, cells.destinationPort, seed ^ 0x51ed270b);
    this.isSourceFirst =
      this.sourceA !== this.destinationA
        ? this.sourceA >>> 0 < this.destinationA >>> 0
        : this.sourceB >>> 0 < this.destinationB >>> 0;
    const firstA = this.isSourceFirst ? this.sourceA : this.destinationA;
    const firstB = this.isSourceFirst ? this.sourceB : this.destinationB;
    const secondA = this.isSourceFirst ? this.destinationA : this.sourceA;
    const secondB = this.isSourceFirst ? this.destinationB : this.sourceB;
    this.flowA = mix(mix(firstA) ^ secondA);
    this.flowB = mix(mix(firstB ^ 0x5bd1e995) ^ secondB);
  }
}

function hashEnd(address: AddressCell, port: number, seed: number): number {
  const { words } = address;
  let hash = mix(seed ^ (address.family << 17) ^ (port + 1));
  hash = mix(hash ^ words[0]!);
  if (address.family !== 6) return hash;
  hash = mix(hash ^ words[1]!);
  hash = mix(hash ^ words[2]!);
  return mix(hash ^ words[3]!);
}

/** Finalizer of MurmurHash3: every bit of the input moves every bit of the output. */
export function mix(value: number): number {
  let hash = value ^ (value >>> 16);
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
