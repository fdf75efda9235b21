import { addressOperations } from './addresses.js';
import { endpointServiceOperations } from './endpoint-services.js';
import { endpointOperations } from './endpoints.js';
import { flowLogOperations } from '../flow-logs/operations.js';
import { gatewayOperations } from './gateways.js';
import { instanceAttributeOperations } from './instance-attributes.js';
import { instanceTypeOperations } from './instance-types.js';
import { instanceOperations } from './instances.js';
import { interfaceAttributeOperations } from './interface-attributes.js';
import { mirrorFilterOperations } from './mirror-filters.js';
import { mirrorRuleOperations } from './mirror-rules.js';
import { mirrorSessionOperations } from './mirror-sessions.js';
import { mirrorTargetOperations } from './mirror-targets.js';
import { natGatewayOperations } from './nat-gateways.js';
import { networkInterfaceOperations } from './network-interfaces.js';
import { otherGatewayOperations } from './other-gateways.js';
import { peeringOperations } from './peerings.js';
import { prefixListOperations } from './prefix-lists.js';
import { routeTableOperations } from './route-tables.js';
import { routeOperations } from './routes.js';
import { runInstancesOperations } from './run-instances.js';
import { securityGroupOperations } from './security-groups.js';
import { subnetOperations } from './subnets.js';
import { tagOperations } from './tags.js';
import { transitGatewayOperations } from './transit-gateways.js';
import { vpcOperations } from './vpcs.js';
import { zoneOperations } from './zones.js';
import type { Ec2Operations } from './operation.js';

/** Names of the EC2 operations that are served. */
export type Ec2OperationName =
  | keyof typeof addressOperations
  | keyof typeof endpointServiceOperations
  | keyof typeof endpointOperations
  | keyof typeof gatewayOperations
  | keyof typeof flowLogOperations
  | keyof typeof instanceAttributeOperations
  | keyof typeof instanceTypeOperations
  | keyof typeof instanceOperations
  | keyof typeof interfaceAttributeOperations
  | keyof typeof mirrorFilterOperations
  | keyof typeof mirrorRuleOperations
  | keyof typeof mirrorSessionOperations
  | keyof typeof mirrorTargetOperations
  | keyof typeof natGatewayOperations
  | keyof typeof networkInterfaceOperations
  | keyof typeof otherGatewayOperations
  | keyof typeof peeringOperations
  | keyof typeof prefixListOperations
  | keyof typeof routeTableOperations
  | keyof typeof routeOperations
  | keyof typeof runInstancesOperations
  | keyof typeof securityGroupOperations
  | keyof typeof subnetOperations
  | keyof typeof tagOperations
  | keyof typeof transitGatewayOperations
  | keyof typeof vpcOperations
  | keyof typeof zoneOperations;

/** Every EC2 operation that is served. */
export const ec2Operations: Ec2Operations<Ec2OperationName> = {
  ...addressOperations,
  ...endpointServiceOperations,
  ...endpointOperations,
  ...flowLogOperations,
  ...gatewayOperations,
  ...instanceAttributeOperations,
  ...instanceTypeOperations,
  ...instanceOperations,
  ...interfaceAttributeOperations,
  ...mirrorFilterOperations,
  ...mirrorRuleOperations,
  ...mirrorSessionOperations,
  ...mirrorTargetOperations,
  ...natGatewayOperations,
  ...networkInterfaceOperations,
  ...otherGatewayOperations,
  ...peeringOperations,
  ...prefixListOperations,
  ...routeTableOperations,
  ...routeOperations,
  ...runInstancesOperations,
  ...securityGroupOperations,
  ...subnetOperations,
  ...tagOperations,
  ...transitGatewayOperations,
  ...vpcOperations,
  ...zoneOperations,
};
