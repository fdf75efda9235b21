import { gatewayOperations } from './gateways.js';
import { instanceTypeOperations } from './instance-types.js';
import { instanceOperations } from './instances.js';
import { interfaceAttributeOperations } from './interface-attributes.js';
import { networkInterfaceOperations } from './network-interfaces.js';
import type { Ec2Operations } from './operation.js';
import { routeTableOperations } from './route-tables.js';
import { routeOperations } from './routes.js';
import { runInstancesOperations } from './run-instances.js';
import { securityGroupOperations } from './security-groups.js';
import { subnetOperations } from './subnets.js';
import { tagOperations } from './tags.js';
import { vpcOperations } from './vpcs.js';
import { zoneOperations } from './zones.js';

/** Names of the EC2 operations that are served. */
export type Ec2OperationName =
  | keyof typeof gatewayOperations
  | keyof typeof instanceTypeOperations
  | keyof typeof instanceOperations
  | keyof typeof interfaceAttributeOperations
  | keyof typeof networkInterfaceOperations
  | keyof typeof routeTableOperations
  | keyof typeof routeOperations
  | keyof typeof runInstancesOperations
  | keyof typeof securityGroupOperations
  | keyof typeof subnetOperations
  | keyof typeof tagOperations
  | keyof typeof vpcOperations
  | keyof typeof zoneOperations;

/** Every EC2 operation that is served. */
export const ec2Operations: Ec2Operations<Ec2OperationName> = {
  ...gatewayOperations,
  ...instanceTypeOperations,
  ...instanceOperations,
  ...interfaceAttributeOperations,
  ...networkInterfaceOperations,
  ...routeTableOperations,
  ...routeOperations,
  ...runInstancesOperations,
  ...securityGroupOperations,
  ...subnetOperations,
  ...tagOperations,
  ...vpcOperations,
  ...zoneOperations,
};
