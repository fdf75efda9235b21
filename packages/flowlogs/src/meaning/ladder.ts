import type { ConnectionMemory } from './connection-memory.js';
import { type Rule, rules } from './evidence.js';
import type { EndHashes, FlowCells } from './flow-ends.js';
import { hasPorts, type PreparedFacts } from './interface-facts.js';
import { isEphemeralPort, isServicePort } from './service-ports.js';
import { opening } from './tcp-opening.js';

/** Answers of the ladder, filled again for each record. Numbers as in columns. */
export class Answer {
  /** 0 unknown, 1 ingress, 2 egress. */
  direction = 0;
  /** Index into `directionRules`. */
  directionBy = 0;
  /** 0 unknown, 1 the source, 2 the destination. */
  initiator = 0;
  /** Index into `rules`. */
  decidedBy = 0;
}

/** Which rules may decide; index as in `rules`. */
export type AllowedRules = readonly boolean[];

/** Way of the packets at the interface, then who opened the connection: the strongest rule that applies. */
export function climb(
  cells: FlowCells,
  hashes: EndHashes,
  memory: ConnectionMemory | undefined,
  facts: PreparedFacts | undefined,
  allowed: AllowedRules,
  answer: Answer,
): void {
  decideDirection(cells, memory, facts, answer);
  answer.initiator = 0;
  answer.decidedBy = numbers.none;
  const known = memory?.knownOpening(cells, hashes) ?? 0;
  if (known !== 3) {
    const opened = opening(cells);
    if (opened === 1 && take(answer, allowed, numbers.syn, 1)) return;
    if (opened === 2 && take(answer, allowed, numbers['syn-ack'], 2)) return;
    if (known !== 0 && take(answer, allowed, numbers['known-flow'], known)) return;
  }
  if (facts !== undefined && answer.direction !== 0) {
    const isOursDestination = answer.direction === 1;
    const ownPort = isOursDestination ? cells.destinationPort : cells.sourcePort;
    if (facts.listensOn(cells.protocol, ownPort)) {
      if (take(answer, allowed, numbers.listener, isOursDestination ? 1 : 2)) return;
    }
    if (cells.isAccepted && isOnlyAnAnswer(cells, facts, isOursDestination)) {
      if (take(answer, allowed, numbers['security-group'], 2)) return;
    }
  }
  if (hasPorts(cells.protocol) && cells.sourcePort >= 0 && cells.destinationPort >= 0) {
    if (memory !== undefined && allowed[numbers.peers] === true) {
      const ofSource = memory.peersOfSource(hashes);
      const ofDestination = memory.peersOfDestination(hashes);
      if (ofDestination >= manyPeers && ofDestination >= ofSource * 2) {
        if (take(answer, allowed, numbers.peers, 1)) return;
      }
      if (ofSource >= manyPeers && ofSource >= ofDestination * 2) {
        if (take(answer, allowed, numbers.peers, 2)) return;
      }
    }
    if (byPorts(cells, allowed, answer)) return;
  }
  take(answer, allowed, numbers.original, 1);
}

/** Different ports among the peers of a server, at least. */
const manyPeers = 4;

const numbers = Object.fromEntries(rules.map((rule, index) => [rule, index])) as Readonly<
  Record<Rule, number>
>;

function take(answer: Answer, allowed: AllowedRules, rule: number, initiator: number): boolean {
  if (allowed[rule] !== true) return false;
  answer.initiator = initiator;
  answer.decidedBy = rule;
  return true;
}

function decideDirection(
  cells: FlowCells,
  memory: ConnectionMemory | undefined,
  facts: PreparedFacts | undefined,
  answer: Answer,
): void {
  answer.direction = cells.flowDirection;
  answer.directionBy = answer.direction === 0 ? 0 : 1;
  if (answer.direction !== 0) return;
  if (cells.trafficPath > 0) {
    answer.direction = 2;
    answer.directionBy = 2;
    return;
  }
  if (facts !== undefined) {
    const isSource = facts.owns(cells.source) || facts.owns(cells.packetSource);
    const isDestination = facts.owns(cells.destination) || facts.owns(cells.packetDestination);
    if (isSource !== isDestination) {
      answer.direction = isSource ? 2 : 1;
      answer.directionBy = 3;
      return;
    }
  }
  const own = memory?.ownEnd(cells) ?? 0;
  if (own === 0) return;
  answer.direction = own === 1 ? 2 : 1;
  answer.directionBy = 4;
}

/** Security groups keep state: what no rule admits passes only as part of a connection that the other way admitted. */
function isOnlyAnAnswer(cells: FlowCells, facts: PreparedFacts, isOursDestination: boolean): boolean {
  const { protocol, destinationPort } = cells;
  if (!hasPorts(protocol)) return false;
  if (isOursDestination) {
    const peer = cells.packetSource.family !== 0 ? cells.packetSource : cells.source;
    return facts.admits(protocol, destinationPort, peer) === false;
  }
  const peer = cells.packetDestination.family !== 0 ? cells.packetDestination : cells.destination;
  return facts.letsOut(protocol, destinationPort, peer) === false;
}

function byPorts(cells: FlowCells, allowed: AllowedRules, answer: Answer): boolean {
  const { sourcePort: source, destinationPort: destination } = cells;
  if (source === destination) return cells.isRejected && take(answer, allowed, numbers.rejected, 1);
  const isServiceAtSource = isServicePort(source);
  const isServiceAtDestination = isServicePort(destination);
  if (isServiceAtSource !== isServiceAtDestination) {
    if (take(answer, allowed, numbers.ports, isServiceAtDestination ? 1 : 2)) return true;
  } else if (isEphemeralPort(source) !== isEphemeralPort(destination)) {
    if (take(answer, allowed, numbers.ports, isEphemeralPort(source) ? 1 : 2)) return true;
  }
  if (cells.isRejected && take(answer, allowed, numbers.rejected, 1)) return true;
  return take(answer, allowed, numbers['lower-port'], destination < source ? 1 : 2);
}
