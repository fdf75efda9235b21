import { AwsInputError } from '../errors/aws-error.js';

/** The parts of `arn:partition:service:region:account:resource`; region and account may be empty. */
export interface Arn {
  readonly partition: string;
  readonly service: string;
  readonly region: string;
  readonly accountId: string;
  /** Everything after the fifth colon, `role/path/name` for one. */
  readonly resource: string;
}

/**
 * Splits an ARN ("Identify AWS resources with ARNs", IAM User Guide).
 *
 * @throws {AwsInputError} NET_AWS_ARN with the part that is wrong
 */
export function parseArn(text: string): Arn {
  const reject = (reason: string): AwsInputError =>
    new AwsInputError('NET_AWS_ARN', `${JSON.stringify(text.slice(0, 200))} is not an ARN: ${reason}`);
  const [arn, partition, service, region, accountId, ...rest] = text.split(':');
  if (arn !== 'arn') throw reject('it does not begin with arn:');
  if (partition === undefined || service === undefined || region === undefined || accountId === undefined) {
    throw reject('it has fewer than six parts');
  }
  const resource = rest.join(':');
  if (!/^aws(-[a-z0-9-]+)?$/.test(partition)) throw reject(`partition ${JSON.stringify(partition)}`);
  if (!/^[a-z0-9-]+$/.test(service)) throw reject(`service ${JSON.stringify(service)}`);
  if (!/^[a-z0-9-]*$/.test(region)) throw reject(`region ${JSON.stringify(region)}`);
  if (!/^(\d{12}|aws)?$/.test(accountId)) throw reject(`account ${JSON.stringify(accountId)}`);
  if (resource === '') throw reject('it has no resource');
  if (/[\s\p{Cc}]/u.test(resource)) throw reject('its resource has a blank or control character');
  return { partition, service, region, accountId, resource };
}

/** The text of an ARN. */
export function formatArn(arn: Arn): string {
  return `arn:${arn.partition}:${arn.service}:${arn.region}:${arn.accountId}:${arn.resource}`;
}

/** The partition a region is in, by its name: `aws`, `aws-cn`, `aws-us-gov` and the isolated ones. */
export function partitionOfRegion(region: string): string {
  if (region.startsWith('cn-')) return 'aws-cn';
  if (region.startsWith('us-gov-')) return 'aws-us-gov';
  if (region.startsWith('us-isob-')) return 'aws-iso-b';
  if (region.startsWith('us-isof-')) return 'aws-iso-f';
  if (region.startsWith('eu-isoe-')) return 'aws-iso-e';
  if (region.startsWith('us-iso-')) return 'aws-iso';
  if (region.startsWith('eusc-')) return 'aws-eusc';
  return 'aws';
}
