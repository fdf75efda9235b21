import { FingerprintTable } from './fingerprint-table.js';
import { type EndHashes, type FlowCells, mix } from './flow-ends.js';
import { hasPorts } from './interface-facts.js';
import { LearnedAddresses } from './learned-addresses.js';
import { opening } from './tcp-opening.js';

export interface MemoryOptions {
  /** Connections whose opening is remembered; 0 is none. 16 bytes each. Default 1,048,576. */
  readonly knownFlows?: number;
  /** For how long after its last record a connection is remembered. Default 3,600. */
  readonly flowIdleSeconds?: number;
  /** Ends (address and port) whose peers are counted; 0 is none. 16 bytes each. Default 1,048,576. */
  readonly knownEnds?: number;
  /** Interfaces whose own address is learned from their records; 0 is none. Default 65,536. */
  readonly learnedInterfaces?: number;
}

/** What other records told, in bounded memory: who opened which connection, and how many peers each end has. */
export class ConnectionMemory {
  readonly #flows: FingerprintTable | undefined;
  readonly #ends: FingerprintTable | undefined;
  readonly #addresses: LearnedAddresses;
  readonly #idleSeconds: number;

  constructor(options: MemoryOptions) {
    const { knownFlows = 1_048_576, knownEnds = 1_048_576 } = options;
    this.#flows = knownFlows > 0 ? new FingerprintTable(knownFlows) : undefined;
    this.#ends = knownEnds > 0 ? new FingerprintTable(knownEnds) : undefined;
    this.#addresses = new LearnedAddresses(options.learnedInterfaces ?? 65_536);
    this.#idleSeconds = options.flowIdleSeconds ?? 3600;
  }

  learn(cells: FlowCells, hashes: EndHashes): void {
    this.#addresses.learn(cells);
    const seconds = Math.floor(cells.startMs / 1000);
    this.#learnPeers(cells, hashes, seconds);
    this.#learnOpening(cells, hashes, seconds);
  }

  /** 1: the source opened the connection, 2: the destination, 0: not known, 3: the records contradict each other. */
  knownOpening(cells: FlowCells, hashes: EndHashes): 0 | 1 | 2 | 3 {
    const entry = this.#flows?.find(hashes.flowA, hashes.flowB) ?? -1;
    if (entry < 0) return 0;
    const seconds = Math.floor(cells.startMs / 1000);
    if (Math.abs(seconds - this.#flows!.seenSeconds[entry]!) > this.#idleSeconds) return 0;
    const value = this.#flows!.values[entry]!;
    if (value === contradiction) return 3;
    if (value === 0) return 0;
    return (value === firstOpened) === hashes.isSourceFirst ? 1 : 2;
  }

  /** How many different ports the peers of the source and of the destination have, up to about 32. */
  peersOfSource(hashes: EndHashes): number {
    return this.#peersOf(hashes.sourceA, hashes.sourceB);
  }

  peersOfDestination(hashes: EndHashes): number {
    return this.#peersOf(hashes.destinationA, hashes.destinationB);
  }

  ownEnd(cells: FlowCells): 0 | 1 | 2 {
    return this.#addresses.ownEnd(cells);
  }

  #learnPeers(cells: FlowCells, hashes: EndHashes, seconds: number): void {
    const ends = this.#ends;
    if (ends === undefined || !hasPorts(cells.protocol)) return;
    this.#addPeer(ends, hashes.sourceA, hashes.sourceB, cells.destinationPort, seconds);
    this.#addPeer(ends, hashes.destinationA, hashes.destinationB, cells.sourcePort, seconds);
  }

  #addPeer(ends: FingerprintTable, a: number, b: number, port: number, seconds: number): void {
    const known = ends.find(a, b);
    const isStale = known >= 0 && seconds - ends.seenSeconds[known]! > this.#idleSeconds;
    const entry = ends.claim(a, b, seconds);
    const bit = 1 << (mix(port + 1) & 31);
    ends.values[entry] = isStale ? bit : ends.values[entry]! | bit;
  }

  #peersOf(a: number, b: number): number {
    const entry = this.#ends?.find(a, b) ?? -1;
    return entry < 0 ? 0 : onesIn(this.#ends!.values[entry]!);
  }

  #learnOpening(cells: FlowCells, hashes: EndHashes, seconds: number): void {
    const flows = this.#flows;
    if (flows === undefined) return;
    const opened = opening(cells);
    if (opened === 0) {
      const entry = flows.find(hashes.flowA, hashes.flowB);
      const isAlive = entry >= 0 && seconds - flows.seenSeconds[entry]! <= this.#idleSeconds;
      if (isAlive) flows.claim(hashes.flowA, hashes.flowB, seconds);
      return;
    }
    const value = (opened === 1) === hashes.isSourceFirst ? firstOpened : secondOpened;
    const known = flows.find(hashes.flowA, hashes.flowB);
    const age = known < 0 ? Infinity : Math.abs(seconds - flows.seenSeconds[known]!);
    const entry = flows.claim(hashes.flowA, hashes.flowB, seconds);
    const before = flows.values[entry]!;
    const isContradicted = before !== 0 && before !== value && age <= contradictionSeconds;
    flows.values[entry] = isContradicted ? contradiction : value;
  }
}

const firstOpened = 1;
const secondOpened = 2;
const contradiction = 3;
/** Longest aggregation window: within it, two openings from different ends cannot be told apart. */
const contradictionSeconds = 600;

function onesIn(bits: number): number {
  let value = bits - ((bits >>> 1) & 0x55555555);
  value = (value & 0x33333333) + ((value >>> 2) & 0x33333333);
  return Math.imul((value + (value >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
