import { ec2StateAt } from '../ec2/access.js';
import { readToken, writeToken } from '../ec2/describe.js';
import { need } from '../ec2/ids.js';
import { freeInterface } from '../ec2/interface-life.js';
import { addServiceInterface } from '../ec2/service-interfaces.js';
import { ApiError } from '../errors.js';
import type { Operation, OperationContext, ServiceDefinition } from '../service/definition.js';
import { queryProtocol } from '../wire/query-protocol.js';
import type { DatabaseInstance, RdsState, SubnetGroup } from './state.js';
import type {
  CreateDBInstanceMessage,
  CreateDBInstanceResult,
  CreateDBSubnetGroupMessage,
  CreateDBSubnetGroupResult,
  DBInstance,
  DBInstanceMessage,
  DBSubnetGroup,
  DeleteDBInstanceMessage,
  DescribeDBInstancesMessage,
} from '@aws-sdk/client-rds';

type RdsContext = OperationContext<RdsState>;

const enginePorts: Readonly<Record<string, number>> = {
  mysql: 3306,
  mariadb: 3306,
  'aurora-mysql': 3306,
  postgres: 5432,
  'aurora-postgresql': 5432,
};

const createSubnetGroup: Operation<RdsState, CreateDBSubnetGroupMessage, CreateDBSubnetGroupResult> = {
  access: 'write',
  accepts: ['DBSubnetGroupName', 'DBSubnetGroupDescription', 'SubnetIds'],
  ignores: ['Tags'],
  resources: ['DBSubnetGroupName'],
  run: (context, input) => {
    const name = (input.DBSubnetGroupName ?? '').toLowerCase();
    const { subnets: known } = ec2StateAt(context, context);
    const subnets = (input.SubnetIds ?? []).map((id) => need(known, 'subnet', id));
    const vpcs = new Set(subnets.map((subnet) => subnet.vpcId));
    if (vpcs.size !== 1) throw new ApiError('InvalidSubnet', 'The subnets must all be in one VPC.');
    if (Object.hasOwn(context.state.subnetGroups, name)) {
      throw new ApiError('DBSubnetGroupAlreadyExists', `The DB subnet group '${name}' already exists.`);
    }
    context.willChange();
    const group: SubnetGroup = {
      name,
      description: input.DBSubnetGroupDescription ?? '',
      vpcId: [...vpcs][0] ?? '',
      subnetIds: subnets.map((subnet) => subnet.id),
    };
    context.state.subnetGroups[name] = group;
    return { DBSubnetGroup: viewGroup(group) };
  },
};

const createInstance: Operation<RdsState, CreateDBInstanceMessage, CreateDBInstanceResult> = {
  access: 'write',
  accepts: [
    'DBInstanceIdentifier',
    'DBInstanceClass',
    'Engine',
    'Port',
    'DBSubnetGroupName',
    'VpcSecurityGroupIds',
    'PubliclyAccessible',
  ],
  ignores: ['AllocatedStorage', 'MasterUsername', 'MasterUserPassword', 'Tags', 'DBName', 'StorageEncrypted'],
  resources: ['DBInstanceIdentifier'],
  run: (context, input) => {
    const { state, world } = context;
    const id = (input.DBInstanceIdentifier ?? '').toLowerCase();
    if (!/^[a-z](?:-?[a-z0-9]){0,62}$/.test(id)) {
      throw new ApiError('InvalidParameterValue', `The parameter DBInstanceIdentifier is not valid: ${id}`);
    }
    if (Object.hasOwn(state.instances, id))
      throw new ApiError('DBInstanceAlreadyExists', 'DB instance already exists');
    const groupName = (input.DBSubnetGroupName ?? '').toLowerCase();
    const group = Object.hasOwn(state.subnetGroups, groupName) ? state.subnetGroups[groupName] : undefined;
    if (!group)
      throw new ApiError('DBSubnetGroupNotFoundFault', `DB subnet group '${groupName}' does not exist.`, 404);
    const ec2 = ec2StateAt(context, context);
    const subnet = need(ec2.subnets, 'subnet', group.subnetIds[0] ?? '');
    const groupIds = (input.VpcSecurityGroupIds ?? []).map(
      (one) => need(ec2.securityGroups, 'securityGroup', one).id,
    );
    const engine = input.Engine ?? '';
    context.willChange();
    const isPublic = input.PubliclyAccessible ?? false;
    const instance: DatabaseInstance = {
      id,
      instanceClass: input.DBInstanceClass ?? '',
      engine,
      port: input.Port ?? enginePorts[engine] ?? 1433,
      endpointAddress: `${id}.${world.random.hex(12)}.${context.region}.rds.amazonaws.com`,
      isPublic,
      groupIds,
      subnetGroup: group.name,
      zone: subnet.availabilityZone,
      networkInterfaceId: addServiceInterface(context, {
        subnet,
        description: 'RDSNetworkInterface',
        requesterId: 'amazon-rds',
        groupIds: groupIds.length > 0 ? groupIds : undefined,
        isPublic,
      }),
      createdAtMs: context.nowMs,
      resourceId: `db-${world.random.hex(26).toUpperCase()}`,
    };
    state.instances[id] = instance;
    return { DBInstance: view(context, instance) };
  },
};

const deleteInstance: Operation<RdsState, DeleteDBInstanceMessage, CreateDBInstanceResult> = {
  access: 'write',
  accepts: ['DBInstanceIdentifier'],
  ignores: ['SkipFinalSnapshot', 'FinalDBSnapshotIdentifier', 'DeleteAutomatedBackups'],
  resources: ['DBInstanceIdentifier'],
  run: (context, input) => {
    const instance = needInstance(context, input.DBInstanceIdentifier ?? '');
    context.willChange();
    freeInterface(ec2StateAt(context, context), instance.networkInterfaceId, context.nowMs);
    const last = view(context, instance);
    // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- the state is a record of names
    delete context.state.instances[instance.id];
    return { DBInstance: { ...last, DBInstanceStatus: 'deleting' } };
  },
};

const describeInstances: Operation<RdsState, DescribeDBInstancesMessage, DBInstanceMessage> = {
  access: 'read',
  accepts: ['DBInstanceIdentifier', 'Filters', 'MaxRecords', 'Marker'],
  run: (context, input) => {
    const size = input.MaxRecords ?? 100;
    if (size < 20 || size > 100) {
      throw new ApiError(
        'InvalidParameterValue',
        `Invalid value ${size} for MaxRecords. Must be between 20 and 100`,
      );
    }
    const all =
      input.DBInstanceIdentifier === undefined
        ? Object.values(context.state.instances)
        : [needInstance(context, input.DBInstanceIdentifier)];
    const found = all.filter((instance) => (input.Filters ?? []).every((filter) => passes(instance, filter)));
    const start = input.Marker === undefined ? 0 : readToken(input.Marker);
    const end = start + Math.min(size, context.pageLimit ?? size);
    return {
      DBInstances: found.slice(start, end).map((instance) => view(context, instance)),
      Marker: end < found.length ? writeToken(end) : undefined,
    };
  },
};

/** Amazon RDS, API version 2014-10-31: database instances as others see them. */
export const rdsService: ServiceDefinition<RdsState> = {
  id: 'rds',
  signingNames: ['rds'],
  iamPrefix: 'rds',
  protocol: queryProtocol({ xmlNamespace: 'http://rds.amazonaws.com/doc/2014-10-31/' }),
  scope: 'region',
  loadSchemas: () => import('@aws-sdk/client-rds'),
  operations: {
    CreateDBInstance: createInstance,
    CreateDBSubnetGroup: createSubnetGroup,
    DeleteDBInstance: deleteInstance,
    DescribeDBInstances: describeInstances,
  },
  initialState: () => ({ instances: {}, subnetGroups: {} }),
  resourceArn: (name, location) => arnOf(location, name),
};

function arnOf(place: { readonly region: string; readonly accountId: string }, name: string): string {
  return `arn:aws:rds:${place.region}:${place.accountId}:db:${name}`;
}

function needInstance(context: RdsContext, name: string): DatabaseInstance {
  const id = name.toLowerCase();
  const instance = Object.hasOwn(context.state.instances, id) ? context.state.instances[id] : undefined;
  if (!instance) throw new ApiError('DBInstanceNotFound', `DBInstance ${name} not found.`, 404);
  return instance;
}

function passes(
  instance: DatabaseInstance,
  filter: { readonly Name?: string | undefined; readonly Values?: readonly string[] | undefined },
): boolean {
  const values: Readonly<Record<string, string>> = {
    'db-instance-id': instance.id,
    engine: instance.engine,
    'dbi-resource-id': instance.resourceId,
  };
  const value = values[filter.Name ?? ''];
  if (value === undefined)
    throw new ApiError('InvalidParameterValue', `Unrecognized filter name: ${filter.Name ?? ''}`);
  return filter.Values?.includes(value) ?? false;
}

function view(context: RdsContext, instance: DatabaseInstance): DBInstance {
  const group = context.state.subnetGroups[instance.subnetGroup];
  return {
    DBInstanceIdentifier: instance.id,
    DBInstanceClass: instance.instanceClass,
    Engine: instance.engine,
    DBInstanceStatus: 'available',
    Endpoint: { Address: instance.endpointAddress, Port: instance.port },
    InstanceCreateTime: new Date(instance.createdAtMs),
    PubliclyAccessible: instance.isPublic,
    AvailabilityZone: instance.zone,
    VpcSecurityGroups: instance.groupIds.map((id) => ({ VpcSecurityGroupId: id, Status: 'active' })),
    DBSubnetGroup: group && viewGroup(group),
    DbiResourceId: instance.resourceId,
    DBInstanceArn: arnOf(context, instance.id),
    MultiAZ: false,
  };
}

function viewGroup(group: SubnetGroup): DBSubnetGroup {
  return {
    DBSubnetGroupName: group.name,
    DBSubnetGroupDescription: group.description,
    VpcId: group.vpcId,
    SubnetGroupStatus: 'Complete',
    Subnets: group.subnetIds.map((id) => ({ SubnetIdentifier: id, SubnetStatus: 'Active' })),
  };
}
