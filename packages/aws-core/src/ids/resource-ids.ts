import { AwsInputError } from '../errors/aws-error.js';

/** Kinds of resource whose ids are a prefix and hexadecimal digits, by their IAM resource type. */
export type ResourceKind = keyof typeof PREFIXES;

const PREFIXES = {
  'carrier-gateway': 'cagw',
  'customer-gateway': 'cgw',
  'egress-only-internet-gateway': 'eigw',
  'elastic-ip': 'eipalloc',
  image: 'ami',
  instance: 'i',
  'internet-gateway': 'igw',
  'local-gateway': 'lgw',
  natgateway: 'nat',
  'network-acl': 'acl',
  'network-interface': 'eni',
  'network-interface-attachment': 'eni-attach',
  'prefix-list': 'pl',
  'route-table': 'rtb',
  'route-table-association': 'rtbassoc',
  'security-group': 'sg',
  subnet: 'subnet',
  'traffic-mirror-filter': 'tmf',
  'traffic-mirror-filter-rule': 'tmfr',
  'traffic-mirror-session': 'tms',
  'traffic-mirror-target': 'tmt',
  'transit-gateway': 'tgw',
  'transit-gateway-attachment': 'tgw-attach',
  vpc: 'vpc',
  'vpc-endpoint': 'vpce',
  'vpc-endpoint-service': 'vpce-svc',
  'vpc-flow-log': 'fl',
  'vpc-peering-connection': 'pcx',
  'vpn-gateway': 'vgw',
} as const;

const KINDS: ReadonlyMap<string, ResourceKind> = new Map(
  Object.entries(PREFIXES).map(([kind, prefix]) => [prefix, kind as ResourceKind]),
);

/**
 * The id, checked: the kind's prefix and 8 or 17 lower-case hexadecimal digits ("Resource IDs", EC2 User Guide).
 *
 * @throws {AwsInputError} NET_AWS_ID with the text and what was expected
 */
export function parseResourceId(kind: ResourceKind, text: string): string {
  const prefix = PREFIXES[kind];
  if (resourceKindOf(text) === kind) return text;
  const found = resourceKindOf(text);
  const reason =
    found === undefined
      ? `expected ${prefix}- and 8 or 17 hexadecimal digits`
      : `that is the id of a ${found}; expected ${prefix}-...`;
  throw new AwsInputError('NET_AWS_ID', `${JSON.stringify(shown(text))} is not a ${kind} id: ${reason}`);
}

/** Whether the text has the form of an id of that kind. */
export function isResourceId(kind: ResourceKind, text: string): boolean {
  return resourceKindOf(text) === kind;
}

/** The kind that the text has the form of an id of, if any. */
export function resourceKindOf(text: string): ResourceKind | undefined {
  const found = /^([a-z]+(?:-[a-z]+)?)-(?:[0-9a-f]{8}|[0-9a-f]{17})$/.exec(text);
  return found?.[1] === undefined ? undefined : KINDS.get(found[1]);
}

/**
 * The region, checked for its syntax only: new ones appear.
 *
 * @throws {AwsInputError} NET_AWS_REGION
 */
export function parseRegion(text: string): string {
  if (/^[a-z]{2,4}(?:-[a-z]{2,12}){1,3}-\d{1,2}$/.test(text)) return text;
  throw new AwsInputError(
    'NET_AWS_REGION',
    `${JSON.stringify(shown(text))} is not a region: expected a form like eu-west-1`,
  );
}

/**
 * The account id, checked: twelve digits.
 *
 * @throws {AwsInputError} NET_AWS_ID
 */
export function parseAccountId(text: string): string {
  if (/^\d{12}$/.test(text)) return text;
  throw new AwsInputError(
    'NET_AWS_ID',
    `${JSON.stringify(shown(text))} is not an account id: expected 12 digits`,
  );
}

function shown(text: string): string {
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
