import { ApiError } from '../errors.js';
import { list } from './describe.js';
import { loadBalancerExists } from './access.js';
import { checkId } from './ids.js';
import type { Ec2Context, Ec2Operations, OutputOf } from './operation.js';
import type { EndpointService } from './state.js';
import { forgetTags, setTags, specifiedTags, tagsOf } from './tags.js';

const LOAD_BALANCER_ARN =
  /^arn:aws[\w-]*:elasticloadbalancing:[\w-]+:\d{12}:loadbalancer\/(net|gwy)\/[\w-]+\/[0-9a-f]{16}$/;

export const endpointServiceOperations: Ec2Operations<
  | 'CreateVpcEndpointServiceConfiguration'
  | 'DeleteVpcEndpointServiceConfigurations'
  | 'DescribeVpcEndpointServiceConfigurations'
> = {
  CreateVpcEndpointServiceConfiguration: {
    access: 'write',
    accepts: [
      'AcceptanceRequired',
      'GatewayLoadBalancerArns',
      'NetworkLoadBalancerArns',
      'TagSpecifications',
    ],
    run: (context, input) => {
      const { state, world } = context;
      const gateway = input.GatewayLoadBalancerArns ?? [];
      const network = input.NetworkLoadBalancerArns ?? [];
      if ((gateway.length === 0) === (network.length === 0)) {
        throw new ApiError('InvalidParameter', 'Exactly one kind of load balancer must be given.');
      }
      for (const arn of [...gateway, ...network])
        checkLoadBalancer(context, arn, gateway.includes(arn) ? 'gwy' : 'net');
      if (input.AcceptanceRequired === true) {
        throw new ApiError(
          'UnsupportedOperation',
          'This simulation accepts every connection; AcceptanceRequired must be false.',
        );
      }
      const tags = specifiedTags(context, input.TagSpecifications, 'vpc-endpoint-service');
      context.willChange();
      const id = world.newId('vpce-svc');
      const service: EndpointService = {
        id,
        name: `com.amazonaws.vpce.${context.region}.${id}`,
        gatewayLoadBalancerArns: gateway,
        networkLoadBalancerArns: network,
        acceptanceRequired: false,
      };
      state.endpointServices[id] = service;
      setTags(state, id, tags);
      return { ServiceConfiguration: viewService(context, service), ClientToken: input.ClientToken };
    },
  },
  DeleteVpcEndpointServiceConfigurations: {
    access: 'write',
    accepts: ['ServiceIds'],
    resources: ['ServiceIds'],
    run: (context, input) => {
      const { state } = context;
      const ids = input.ServiceIds ?? [];
      for (const id of ids) checkId('endpointService', id);
      context.willChange();
      const failed = ids.flatMap((id): readonly (readonly [string, string, string])[] => {
        const service = state.endpointServices[id];
        if (!service)
          return [
            [id, 'InvalidVpcEndpointService.NotFound', `The VpcEndpointService Id '${id}' does not exist`],
          ];
        const inUse = Object.values(state.endpoints).some(
          (endpoint) => endpoint.serviceName === service.name,
        );
        if (inUse)
          return [
            [id, 'ExistingVpcEndpointConnections', 'Service has existing active VPC Endpoint connections!'],
          ];
        Reflect.deleteProperty(state.endpointServices, id);
        forgetTags(state, id);
        return [];
      });
      return {
        Unsuccessful: failed.map(([ResourceId, Code, Message]) => ({ ResourceId, Error: { Code, Message } })),
      };
    },
  },
  DescribeVpcEndpointServiceConfigurations: {
    access: 'read',
    accepts: ['ServiceIds', 'Filters', 'MaxResults', 'NextToken'],
    run: (context, input) => {
      const page = list(context, {
        kind: 'endpointService',
        records: context.state.endpointServices,
        ids: input.ServiceIds,
        filters: input.Filters,
        table: {
          'service-id': (service) => service.id,
          'service-name': (service) => service.name,
          'service-state': () => 'Available',
        },
        maxResults: input.MaxResults,
        nextToken: input.NextToken,
        page: { min: 1, max: 1000, lenient: true },
        idOf: (service) => service.id,
      });
      return {
        ServiceConfigurations: page.items.map((service) => viewService(context, service)),
        NextToken: page.nextToken,
      };
    },
  },
};

function checkLoadBalancer(context: Ec2Context, arn: string, kind: 'gwy' | 'net'): void {
  const match = LOAD_BALANCER_ARN.exec(arn);
  if (match?.[1] !== kind || !loadBalancerExists(context, context, arn)) {
    throw new ApiError('InvalidLoadBalancerArn.NotFound', `The load balancer '${arn}' does not exist`);
  }
}

function viewService(
  context: Ec2Context,
  service: EndpointService,
): NonNullable<OutputOf<'CreateVpcEndpointServiceConfiguration'>['ServiceConfiguration']> {
  return {
    ServiceId: service.id,
    ServiceName: service.name,
    ServiceState: 'Available',
    ServiceType: [
      { ServiceType: service.gatewayLoadBalancerArns.length > 0 ? 'GatewayLoadBalancer' : 'Interface' },
    ],
    AcceptanceRequired: service.acceptanceRequired,
    GatewayLoadBalancerArns: [...service.gatewayLoadBalancerArns],
    NetworkLoadBalancerArns: [...service.networkLoadBalancerArns],
    ManagesVpcEndpoints: false,
    Tags: tagsOf(context.state, service.id),
  };
}
