import type { Family } from './cidr.js';
import { formatAddress, parseAddress } from './cidr.js';
import type { RunOptions } from './command.js';
import { commandError, ipCommandLine, runCommand } from './command.js';
import { parseDocuments } from './decode.js';
import { IprouteError } from './errors.js';
import { Fields, isObject } from './fields.js';

/** A question to the kernel: which way does a packet go? */
export interface LookupQuestion {
  readonly destination: string;
  readonly source?: string | undefined;
  /** Firewall mark, 0 to 0xffffffff. */
  readonly mark?: number | undefined;
  /** Interface the packet came in on: asks as for a forwarded packet. */
  readonly inputDevice?: string | undefined;
}

/** The kernel's answer. */
export interface LookupAnswer {
  readonly family: Family;
  readonly destination: string;
  /** `unicast` unless told otherwise, such as `local` or `blackhole`. */
  readonly type: string;
  readonly device: string | undefined;
  readonly gateway: string | undefined;
  /** The source address the kernel would use. */
  readonly preferredSource: string | undefined;
}

/**
 * Asks the kernel for the way of one packet (`ip route get`). Undefined when there is none ("Network is
 * unreachable", a prohibit or blackhole route).
 *
 * @throws {IprouteError} NET_IPROUTE_INVALID for unreadable addresses; NET_IPROUTE_COMMAND for other failures,
 *   such as a source that is no address of this host.
 */
export async function lookupRoute(
  question: LookupQuestion,
  options: RunOptions = {},
): Promise<LookupAnswer | undefined> {
  const destination = checked(question.destination);
  const args = ['-j', 'route', 'get', destination.text];
  if (question.source !== undefined) args.push('from', checked(question.source).text);
  if (question.inputDevice !== undefined) args.push('iif', question.inputDevice);
  if (question.mark !== undefined) args.push('mark', String(question.mark));
  const line = ipCommandLine(args, options);
  const result = await runCommand(line, options);
  if (result.exitCode !== 0) {
    if (/unreachable|No route to host/i.test(result.stderr)) return undefined;
    throw commandError(line, result);
  }
  const document = parseDocuments(result.stdout, line.join(' '))[0];
  const first: unknown = Array.isArray(document) ? document[0] : undefined;
  if (!isObject(first)) return undefined;
  const fields = new Fields(first);
  return {
    family: destination.family,
    destination: destination.text,
    type: fields.text('type') ?? 'unicast',
    device: fields.text('dev'),
    gateway: fields.text('gateway'),
    preferredSource: fields.text('prefsrc'),
  };
}

function checked(text: string): { readonly family: Family; readonly text: string } {
  const address = parseAddress(text);
  if (address === undefined)
    throw new IprouteError('NET_IPROUTE_INVALID', `not an IP address: ${JSON.stringify(text)}`);
  return { family: address.family, text: formatAddress(address.family, address.value) };
}
