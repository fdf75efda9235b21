/** Fields of VPC Flow Logs in the order of AWS's own list, by the version that brought them. */
export const flowLogFields: Readonly<Record<string, number>> = {
  ...byVersion(
    2,
    'version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status',
  ),
  ...byVersion(3, 'vpc-id subnet-id instance-id tcp-flags type pkt-srcaddr pkt-dstaddr'),
  ...byVersion(4, 'region az-id sublocation-type sublocation-id'),
  ...byVersion(5, 'pkt-src-aws-service pkt-dst-aws-service flow-direction traffic-path'),
  ...byVersion(
    7,
    'ecs-cluster-arn ecs-cluster-name ecs-container-instance-arn ecs-container-instance-id ecs-container-id ' +
      'ecs-second-container-id ecs-service-name ecs-task-definition-arn ecs-task-arn ecs-task-id',
  ),
  ...byVersion(8, 'reject-reason'),
  ...byVersion(9, 'resource-id'),
  ...byVersion(10, 'encryption-status'),
};

/** The format of a flow log that names none: the fields of version 2. */
export const defaultFlowLogFormat: string = formatOf(
  Object.keys(flowLogFields).filter((field) => flowLogFields[field] === 2),
);

/** `${a} ${b}` of field names. */
export function formatOf(fields: readonly string[]): string {
  return fields.map((field) => `\${${field}}`).join(' ');
}

/** Field names of a format; undefined when it is malformed or names a field that does not exist. */
export function fieldsOf(format: string): string[] | undefined {
  const words = format.trim().split(/\s+/);
  const fields = words.map((word) => /^\$\{([a-z-]+)\}$/.exec(word)?.[1] ?? '');
  return fields.every((field) => Object.hasOwn(flowLogFields, field)) ? fields : undefined;
}

function byVersion(version: number, names: string): Record<string, number> {
  return Object.fromEntries(names.split(' ').map((name) => [name, version]));
}
