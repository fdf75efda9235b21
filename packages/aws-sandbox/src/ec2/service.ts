import type { Location, ServiceDefinition } from '../service/definition.js';
import { ec2QueryProtocol } from '../wire/query-protocol.js';
import { resourceTypeOf } from './ids.js';
import { ec2Operations } from './operations.js';
import { settleEc2 } from './settle.js';
import { type Ec2State, emptyEc2State } from './state.js';

/** Amazon EC2, API version 2016-11-15. */
export const ec2Service: ServiceDefinition<Ec2State> = {
  id: 'ec2',
  signingNames: ['ec2'],
  iamPrefix: 'ec2',
  protocol: ec2QueryProtocol({ xmlNamespace: 'http://ec2.amazonaws.com/doc/2016-11-15/' }),
  scope: 'region',
  loadSchemas: () => import('@aws-sdk/client-ec2'),
  operations: ec2Operations,
  initialState: (location) => emptyEc2State(location),
  settle: (state, nowMs, world) => settleEc2(state, nowMs, world),
  resourceArn: ec2ResourceArn,
};

/** `arn:aws:ec2:region:account:type/id`, as the Service Authorization Reference writes EC2's resources. */
export function ec2ResourceArn(id: string, location: Location): string {
  return `arn:aws:ec2:${location.region}:${location.accountId}:${resourceTypeOf(id) ?? 'unknown'}/${id}`;
}
