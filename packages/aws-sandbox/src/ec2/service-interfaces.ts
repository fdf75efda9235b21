import type { OperationContext } from '../service/definition.js';
import { ec2StateAt } from './access.js';
import { addInterface } from './interface-life.js';
import type { Ec2Context } from './operation.js';
import { publicAddress } from './public-addresses.js';
import type { Subnet } from './state.js';

/** An interface that a service puts into a customer's subnet. */
export interface ServiceInterface {
  readonly subnet: Subnet;
  readonly description: string;
  /** The service's account alias, such as `amazon-rds`. */
  readonly requesterId: string;
  readonly groupIds: readonly string[] | undefined;
  /** Has a public address of the service's, without an allocation. */
  readonly isPublic: boolean;
}

/** Adds the interface and gives its id. */
export function addServiceInterface(context: OperationContext<object>, words: ServiceInterface): string {
  const ec2: Ec2Context = { ...context, state: ec2StateAt(context, context) };
  const eni = addInterface(ec2, { ...words, requesterManaged: true });
  eni.attachment = {
    id: context.world.newId('eni-attach'),
    instanceId: undefined,
    instanceOwnerId: words.requesterId,
    deviceIndex: 1,
    networkCardIndex: 0,
    deleteOnTermination: false,
    attachedAtMs: context.nowMs,
  };
  const primary = eni.privateIps[0];
  if (words.isPublic && primary) primary.publicIp = publicAddress(ec2);
  return eni.id;
}
