import { parseLine } from '../record/parse-line.js';
import { allFieldsFormat, LogFormat, transitGatewayFormat } from './log-format.js';

/**
 * Finds the format of lines that have no header. Only formats that AWS offers or documents are tried, and every line
 * must fit in every field; when none fits, or several do, the answer is undefined rather than a guess: two columns of
 * numbers cannot be told apart by looking at them.
 */
export function inferFormat(lines: readonly string[]): LogFormat | undefined {
  const data = lines.filter((line) => line.trim() !== '').slice(0, 100);
  if (data.length === 0) return undefined;
  const header = LogFormat.fromHeader(data[0]!);
  if (header !== undefined) return header;
  const fitting = wellKnownFormats.filter((format) => data.every((line) => fits(line, format)));
  return fitting.length === 1 ? fitting[0] : undefined;
}

/** AWS's default, its "all fields" of every version, the User Guide's custom example, and Transit Gateway's. */
export const wellKnownFormats: readonly LogFormat[] = [
  ...[14, 21, 25, 29, 39, 40, 41, 42].map((count) =>
    LogFormat.fromFields(allFieldsFormat.fields.slice(0, count).map((field) => field.name)),
  ),
  LogFormat.parse(
    'version vpc-id subnet-id instance-id interface-id account-id type srcaddr dstaddr srcport dstport pkt-srcaddr ' +
      'pkt-dstaddr protocol bytes packets start end action tcp-flags log-status',
  ),
  LogFormat.parse('instance-id interface-id srcaddr dstaddr pkt-srcaddr pkt-dstaddr'),
  transitGatewayFormat,
];

/** What the texts of fields without a type of their own look like. */
const shapes: Readonly<Record<string, RegExp>> = {
  'account-id': /^(\d{12}|unknown|-)$/,
  'interface-id': /^(eni-[0-9a-f]+|-)$/,
  'vpc-id': /^(vpc-[0-9a-f]+|-)$/,
  'subnet-id': /^(subnet-[0-9a-f]+|-)$/,
  'instance-id': /^(i-[0-9a-f]+|-)$/,
  type: /^(IPv4|IPv6|EFA|-)$/,
  region: /^([a-z]{2,3}(-[a-z]+)+-\d|-)$/,
  'flow-direction': /^(ingress|egress|-)$/,
  'resource-type': /^(TransitGateway|-)$/,
  'tgw-id': /^(tgw-[0-9a-f]+|-)$/,
};

function fits(line: string, format: LogFormat): boolean {
  if (!parseLine(line, format).ok) return false;
  const words = line.split(' ');
  return format.fields.every((field, index) => {
    const word = words[index]!;
    if (field.name === 'version')
      return word === String(format.version) || isOlderVersion(word, format.version);
    return shapes[field.name]?.test(word) ?? true;
  });
}

/** Formats of later versions were first handed out with the number of an earlier one. */
function isOlderVersion(word: string, version: number): boolean {
  return /^\d{1,2}$/.test(word) && Number(word) >= 2 && Number(word) <= version;
}
