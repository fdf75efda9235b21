import { ApiError } from '../errors.js';
import { need } from './ids.js';
import { instanceTypes } from './instance-types.js';
import { viewInstance } from './instance-view.js';
import { viewGroups } from './interface-view.js';
import { checkGroups } from './network-interfaces.js';
import type { Ec2Context, Ec2Operations } from './operation.js';
import type { Instance, NetworkInterface } from './state.js';

export const instanceAttributeOperations: Ec2Operations<
  'ModifyInstanceAttribute' | 'DescribeInstanceAttribute' | 'ModifyInstanceMetadataOptions'
> = {
  ModifyInstanceAttribute: {
    access: 'write',
    accepts: [
      'InstanceId',
      'SourceDestCheck',
      'Groups',
      'DisableApiTermination',
      'DisableApiStop',
      'InstanceType',
      'UserData',
      'InstanceInitiatedShutdownBehavior',
    ],
    resources: ['InstanceId'],
    run: (context, input) => {
      const instance = need(context.state.instances, 'instance', input.InstanceId ?? '');
      const needsInterface = input.SourceDestCheck !== undefined || input.Groups !== undefined;
      const eni = needsInterface ? onlyInterface(context, instance) : undefined;
      checkGroups(context, input.Groups, instance.vpcId);
      const type = input.InstanceType?.Value;
      if (type !== undefined && !instanceTypes.has(type)) {
        throw new ApiError('InvalidInstanceAttributeValue', `The instance type '${type}' is not recognized.`);
      }
      if ((type ?? input.UserData) !== undefined && instance.state !== 'stopped') {
        throw new ApiError(
          'IncorrectInstanceState',
          `The instance '${instance.id}' is not in the 'stopped' state.`,
        );
      }
      context.willChange();
      if (eni) {
        eni.sourceDestCheck = input.SourceDestCheck?.Value ?? eni.sourceDestCheck;
        if (input.Groups?.length) eni.groupIds = [...input.Groups];
      }
      instance.disableApiTermination = input.DisableApiTermination?.Value ?? instance.disableApiTermination;
      instance.disableApiStop = input.DisableApiStop?.Value ?? instance.disableApiStop;
      instance.instanceType = type ?? instance.instanceType;
      if (input.UserData?.Value !== undefined)
        instance.userData = Buffer.from(input.UserData.Value).toString('base64');
      if (input.InstanceInitiatedShutdownBehavior?.Value !== undefined) {
        instance.shutdownBehavior =
          input.InstanceInitiatedShutdownBehavior.Value === 'terminate' ? 'terminate' : 'stop';
      }
      return {};
    },
  },
  DescribeInstanceAttribute: {
    access: 'read',
    accepts: ['InstanceId', 'Attribute'],
    run: (context, input) => {
      const instance = need(context.state.instances, 'instance', input.InstanceId ?? '');
      const InstanceId = instance.id;
      switch (input.Attribute) {
        case 'sourceDestCheck':
          return { InstanceId, SourceDestCheck: { Value: onlyInterface(context, instance).sourceDestCheck } };
        case 'groupSet':
          return { InstanceId, Groups: viewGroups(context, onlyInterface(context, instance)) };
        case 'instanceType':
          return { InstanceId, InstanceType: { Value: instance.instanceType } };
        case 'userData':
          return { InstanceId, UserData: { Value: instance.userData } };
        case 'disableApiTermination':
          return { InstanceId, DisableApiTermination: { Value: instance.disableApiTermination } };
        case 'disableApiStop':
          return { InstanceId, DisableApiStop: { Value: instance.disableApiStop } };
        case 'instanceInitiatedShutdownBehavior':
          return { InstanceId, InstanceInitiatedShutdownBehavior: { Value: instance.shutdownBehavior } };
        default:
          throw new ApiError(
            'UnsupportedOperation',
            `This simulation does not know the instance attribute ${String(input.Attribute)}.`,
          );
      }
    },
  },
  ModifyInstanceMetadataOptions: {
    access: 'write',
    accepts: ['InstanceId', 'HttpTokens', 'HttpPutResponseHopLimit', 'InstanceMetadataTags'],
    resources: ['InstanceId'],
    run: (context, input) => {
      const instance = need(context.state.instances, 'instance', input.InstanceId ?? '');
      context.willChange();
      instance.httpTokens = input.HttpTokens ?? instance.httpTokens;
      instance.httpPutResponseHopLimit = input.HttpPutResponseHopLimit ?? instance.httpPutResponseHopLimit;
      instance.instanceMetadataTags = input.InstanceMetadataTags ?? instance.instanceMetadataTags;
      return {
        InstanceId: instance.id,
        InstanceMetadataOptions: viewInstance(context, instance).MetadataOptions,
      };
    },
  },
};

function onlyInterface(context: Ec2Context, instance: Instance): NetworkInterface {
  const interfaces = Object.values(context.state.networkInterfaces).filter(
    (eni) => eni.attachment?.instanceId === instance.id,
  );
  const [eni] = interfaces;
  if (!eni || interfaces.length > 1) {
    throw new ApiError(
      'InvalidInstanceID',
      `There are multiple interfaces attached to instance '${instance.id}'. Please specify an interface ID for the operation instead.`,
    );
  }
  return eni;
}
