import { FlowLogsError } from '../errors.js';
import { parseAddress } from '../record/address.js';
import type { InterfaceFacts, TrafficRule } from './evidence.js';
import type { AddressCell } from './flow-ends.js';
import { parsePrefix } from './prefix.js';
import { PrefixTable } from './prefix-table.js';

/** Facts in the form that the rules use. */
export interface PreparedFacts {
  owns(address: AddressCell): boolean;
  listensOn(protocol: number, port: number): boolean;
  /** Whether the inbound rules let `peer` in to `port`; undefined when there are no rules to ask. */
  admits(protocol: number, port: number, peer: AddressCell): boolean | undefined;
  /** Whether the outbound rules let us out to `port` of `peer`; undefined when there are no rules to ask. */
  letsOut(protocol: number, port: number, peer: AddressCell): boolean | undefined;
}

/**
 * Prepares facts, once for each object.
 * @throws FlowLogsError NET_FLOWLOGS_ARGUMENT for an address or prefix that is none
 */
export function prepareFacts(facts: InterfaceFacts): PreparedFacts {
  const known = prepared.get(facts);
  if (known !== undefined) return known;
  const own = new PrefixTable<true>();
  for (const text of facts.addresses ?? []) {
    const address = parseAddress(text);
    if (address === undefined) throw new FlowLogsError('NET_FLOWLOGS_ARGUMENT', `${text} is no IP address`);
    own.add({ address, length: address.family === 4 ? 32 : 128 }, true);
  }
  const listeners = new Set((facts.listeners ?? []).map(({ protocol, port }) => protocol * 65_536 + port));
  const made: PreparedFacts = {
    owns: (address) => matchCell(own, address),
    listensOn: (protocol, port) => listeners.has(protocol * 65_536 + port),
    admits: compileRules(facts.inbound),
    letsOut: compileRules(facts.outbound),
  };
  prepared.set(facts, made);
  return made;
}

const prepared = new WeakMap<InterfaceFacts, PreparedFacts>();

function compileRules(traffic: readonly TrafficRule[] | undefined): PreparedFacts['admits'] {
  if (traffic === undefined) return () => undefined;
  const compiled = traffic.map((rule) => {
    if (rule.peers === undefined) return { ...rule, peers: undefined };
    const peers = new PrefixTable<true>();
    for (const text of rule.peers) {
      const prefix = parsePrefix(text);
      if (prefix === undefined)
        throw new FlowLogsError('NET_FLOWLOGS_ARGUMENT', `${text} is no address prefix`);
      peers.add(prefix, true);
    }
    return { ...rule, peers };
  });
  return (protocol, port, peer) =>
    compiled.some(
      (rule) =>
        (rule.protocol === -1 || rule.protocol === protocol) &&
        (rule.protocol === -1 || !hasPorts(protocol) || isWithin(port, rule.fromPort, rule.toPort)) &&
        (rule.peers === undefined || matchCell(rule.peers, peer)),
    );
}

/** TCP, UDP and SCTP. */
export function hasPorts(protocol: number): boolean {
  return protocol === 6 || protocol === 17 || protocol === 132;
}

function isWithin(port: number, from: number | undefined, to: number | undefined): boolean {
  return port >= (from ?? 0) && port <= (to ?? 65_535);
}

function matchCell(table: PrefixTable<true>, { family, words }: AddressCell): boolean {
  if (family === 4) return table.match4(words[0]!) === true;
  return family === 6 && table.match6(words[0]!, words[1]!, words[2]!, words[3]!) === true;
}
