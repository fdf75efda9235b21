import type { Family } from './cidr.js';
import { IprouteError } from './errors.js';
import type { Link } from './links.js';
import type { NextHop, Route } from './routes.js';
import type { Rule } from './rules.js';

/**
 * The words of `route add|replace|del` for `route`, one line of `ip -batch`.
 *
 * @throws {IprouteError} NET_IPROUTE_INVALID when the route has parts that a line cannot hold: attributes this
 *   package does not model, an unknown type, a device that is not in `links`.
 */
export function routeLine(verb: 'add' | 'replace' | 'del', route: Route, links: readonly Link[]): string {
  if (route.unknown.length > 0)
    throw invalid(`route to ${route.destination}: unknown attributes ${route.unknown.join(', ')}`);
  if (route.type.startsWith('unknown-'))
    throw invalid(`route to ${route.destination}: unknown type ${route.type}`);
  const words: (string | number)[] = ['route', verb, route.type, route.destination];
  if (route.tos !== 0) words.push('tos', `0x${route.tos.toString(16)}`);
  words.push(...nextHopWords(route, links));
  words.push('table', route.table, 'proto', route.protocol);
  if (route.family === 'inet') words.push('scope', route.scope);
  if (route.metric !== 0) words.push('metric', route.metric);
  if (route.preferredSource !== undefined) words.push('src', route.preferredSource);
  if (route.mtuBytes !== undefined) words.push('mtu', route.mtuBytes);
  for (const hop of route.nextHops)
    words.push('nexthop', ...nextHopWords({ ...hop, family: route.family }, links), 'weight', hop.weight);
  return joined(words);
}

/**
 * The words of `rule add|del` for `rule`, one line of `ip -batch`.
 *
 * @throws {IprouteError} NET_IPROUTE_INVALID when the rule has selectors or an action this package does not model.
 */
export function ruleLine(verb: 'add' | 'del', rule: Rule): string {
  if (rule.unknown.length > 0)
    throw invalid(`rule ${rule.priority}: unknown selectors ${rule.unknown.join(', ')}`);
  const words: (string | number)[] = ['rule', verb];
  if (rule.not) words.push('not');
  words.push('priority', rule.priority, 'from', rule.source ?? 'all');
  if (rule.destination !== undefined) words.push('to', rule.destination);
  if (rule.tos !== 0) words.push('tos', `0x${rule.tos.toString(16)}`);
  if (rule.mark !== undefined) words.push('fwmark', `${hex(rule.mark)}/${hex(rule.markMask ?? 0xffffffff)}`);
  if (rule.inputDevice !== undefined) words.push('iif', ruleDevice(rule.inputDevice));
  if (rule.outputDevice !== undefined) words.push('oif', ruleDevice(rule.outputDevice));
  if (rule.action === 'lookup') {
    if (rule.table === undefined) throw invalid(`rule ${rule.priority}: a lookup without a table`);
    words.push('lookup', rule.table);
    if (rule.suppressPrefixLength !== undefined)
      words.push('suppress_prefixlength', rule.suppressPrefixLength);
  } else if (rule.action === 'goto') {
    if (rule.target === undefined) throw invalid(`rule ${rule.priority}: a goto without a target`);
    words.push('goto', rule.target);
  } else if (rule.action.startsWith('unknown-')) {
    throw invalid(`rule ${rule.priority}: unknown action ${rule.action}`);
  } else words.push(rule.action);
  words.push('protocol', rule.protocol);
  return joined(words);
}

/**
 * How a batch line names the interface `name`. A batch is split at blanks, cut at `#` and knows quotes, so any
 * name with other than plain characters is given by its index (`if7`), which `ip` accepts for every device.
 *
 * @throws {IprouteError} NET_IPROUTE_INVALID when there is no such interface, or its index form is the name of
 *   another one.
 */
export function deviceWord(name: string, links: readonly Link[]): string {
  if (plain.test(name)) return name;
  const link = links.find((item) => item.name === name);
  if (link === undefined) throw invalid(`no interface named ${JSON.stringify(name)}`);
  const word = `if${link.index}`;
  if (links.some((item) => item.name === word)) throw invalid(`${word} is the name of another interface`);
  return word;
}

const plain = /^[A-Za-z0-9_][A-Za-z0-9_.@+-]{0,14}$/;
const safeLine = /^[A-Za-z0-9_.:/@+ -]+$/;

function nextHopWords(
  hop: Pick<NextHop, 'gateway' | 'device' | 'onLink'> & { readonly family: Family },
  links: readonly Link[],
): string[] {
  const words: string[] = [];
  if (hop.gateway !== undefined) {
    const foreignFamily = hop.gateway.includes(':') && hop.family === 'inet';
    words.push('via', ...(foreignFamily ? ['inet6'] : []), hop.gateway);
  }
  if (hop.device !== undefined) words.push('dev', deviceWord(hop.device, links));
  if (hop.onLink) words.push('onlink');
  return words;
}

// Rules keep the name, not the index, so an unusual name has no other spelling.
function ruleDevice(name: string): string {
  if (!plain.test(name)) throw invalid(`a rule on the interface name ${JSON.stringify(name)}`);
  return name;
}

function joined(words: readonly (string | number)[]): string {
  const text = words.join(' ');
  // As many words as were put in: none of them was empty or held a blank.
  if (!safeLine.test(text) || text.split(' ').length !== words.length || text.includes('  '))
    throw invalid(`not words for ip: ${JSON.stringify(text)}`);
  return text;
}

function hex(value: number): string {
  return `0x${(value >>> 0).toString(16)}`;
}

function invalid(message: string): IprouteError {
  return new IprouteError('NET_IPROUTE_INVALID', message);
}
