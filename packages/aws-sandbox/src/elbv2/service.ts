import type { ServiceDefinition } from '../service/definition.js';
import { queryProtocol } from '../wire/query-protocol.js';
import { listenerOperations } from './listeners.js';
import { loadBalancerOperations } from './load-balancers.js';
import type { LoadBalancingState } from './state.js';
import { elbTagOperations } from './tags.js';
import { targetGroupOperations } from './target-groups.js';

/** Elastic Load Balancing, API version 2015-12-01: Application, Network and Gateway Load Balancers. */
export const loadBalancingService: ServiceDefinition<LoadBalancingState> = {
  id: 'elbv2',
  signingNames: ['elasticloadbalancing'],
  versions: ['2015-12-01'],
  iamPrefix: 'elasticloadbalancing',
  protocol: queryProtocol({ xmlNamespace: 'http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/' }),
  scope: 'region',
  loadSchemas: () => import('@aws-sdk/client-elastic-load-balancing-v2'),
  operations: {
    ...loadBalancerOperations,
    ...targetGroupOperations,
    ...listenerOperations,
    ...elbTagOperations,
  },
  initialState: () => ({ loadBalancers: {}, targetGroups: {}, listeners: {}, tags: {} }),
  // Resources are named by ARN already.
  resourceArn: (arn) => arn,
};
