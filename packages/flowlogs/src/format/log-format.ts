import { FlowLogsError } from '../errors.js';
import { type Field, fieldOf, fields as documentedFields, knownField } from './fields.js';

/** The fields of a flow log, in order. Immutable; equal formats have equal `key`s. */
export class LogFormat {
  readonly fields: readonly Field[];
  /** Field names separated by blanks: the header line of files. */
  readonly key: string;
  readonly #positions: ReadonlyMap<string, number>;

  private constructor(names: readonly string[]) {
    this.fields = names.map(fieldOf);
    this.key = this.fields.map((field) => field.name).join(' ');
    this.#positions = new Map(this.fields.map((field, index) => [field.name, index]));
  }

  /**
   * From field names.
   * @throws FlowLogsError NET_FLOWLOGS_FORMAT when the list is empty, has more than 256 fields, a field twice, or a
   * name that cannot be one
   */
  static fromFields(names: readonly string[]): LogFormat {
    if (names.length === 0 || names.length > maxFields) {
      throw new FlowLogsError(
        'NET_FLOWLOGS_FORMAT',
        `a format has 1 to ${maxFields} fields, not ${names.length}`,
      );
    }
    for (const name of names) {
      if (!fieldName.test(name)) {
        throw new FlowLogsError(
          'NET_FLOWLOGS_FORMAT',
          `"${name.slice(0, 60)}" cannot be the name of a field`,
        );
      }
    }
    const format = new LogFormat(names);
    if (format.#positions.size !== names.length) {
      const twice = format.fields.find((field, index) => format.#positions.get(field.name) !== index);
      throw new FlowLogsError('NET_FLOWLOGS_FORMAT', `field ${twice?.name ?? ''} is in the format twice`);
    }
    return format;
  }

  /**
   * From what people have: `${version} ${account-id} ...` (DescribeFlowLogs, console, Terraform), a header line, or
   * names separated by commas or blanks. Parquet's spelling with underscores is understood.
   * @throws FlowLogsError NET_FLOWLOGS_FORMAT
   */
  static parse(text: string): LogFormat {
    const trimmed = text.trim().replace(/^["']|["']$/g, '');
    if (trimmed === 'default') return defaultFormat;
    if (trimmed === 'all') return allFieldsFormat;
    const words = trimmed.split(/[\s,]+/).filter((word) => word !== '');
    return LogFormat.fromFields(words.map((word) => /^\$\{(.*)\}$/.exec(word)?.[1] ?? word));
  }

  /** The format a header line declares; undefined when the line is not a header. */
  static fromHeader(line: string): LogFormat | undefined {
    const words = line.trim().split(/ +/);
    if (words.length > maxFields || !words.every((word) => fieldName.test(word))) return undefined;
    const known = words.filter((word) => knownField(word) !== undefined).length;
    // One field in two may be new to us; a data line never consists of names of fields.
    if (known === 0 || known * 2 < words.length) return undefined;
    return new Set(words).size === words.length ? LogFormat.fromFields(words) : undefined;
  }

  /** Where a field is in the line, from 0; undefined when the format lacks it. */
  positionOf(name: string): number | undefined {
    return this.#positions.get(name);
  }

  has(name: string): boolean {
    return this.#positions.has(name);
  }

  /** Highest version among the fields: what the `version` field of its records says. */
  get version(): number {
    return Math.max(2, ...this.fields.map((field) => field.version));
  }

  /** The `${...}` text that CreateFlowLogs takes. */
  toString(): string {
    return this.fields.map((field) => `\${${field.name}}`).join(' ');
  }
}

const maxFields = 256;
const fieldName = /^[a-z][a-z0-9_-]{0,63}$/;

/** AWS's default: the fields of version 2. */
export const defaultFormat: LogFormat = LogFormat.fromFields(
  documentedFields.filter((field) => field.version === 2).map((field) => field.name),
);

/** All VPC fields up to version 10, in the order of AWS's list. */
export const allFieldsFormat: LogFormat = LogFormat.fromFields(
  documentedFields.filter((field) => field.version !== 6).map((field) => field.name),
);

/** All fields of Transit Gateway flow logs. */
export const transitGatewayFormat: LogFormat = LogFormat.fromFields(
  [
    'version resource-type account-id tgw-id tgw-attachment-id tgw-src-vpc-account-id tgw-dst-vpc-account-id',
    'tgw-src-vpc-id tgw-dst-vpc-id tgw-src-subnet-id tgw-dst-subnet-id tgw-src-eni tgw-dst-eni tgw-src-az-id',
    'tgw-dst-az-id tgw-pair-attachment-id srcaddr dstaddr srcport dstport protocol packets bytes start end',
    'log-status type packets-lost-no-route packets-lost-blackhole packets-lost-mtu-exceeded',
    'packets-lost-ttl-expired tcp-flags region flow-direction pkt-src-aws-service pkt-dst-aws-service',
  ]
    .join(' ')
    .split(' '),
);
