import type { Action } from '@aws-sdk/client-elastic-load-balancing-v2';

import { ApiError } from '../errors.js';
import { needLoadBalancer } from './load-balancers.js';
import {
  type LoadBalancingContext,
  type LoadBalancingOperations,
  type LoadBalancingOutput,
  pageOf,
} from './operation.js';
import type { Listener, LoadBalancer } from './state.js';
import { readElbTags, setElbTags } from './tags.js';
import { needTargetGroup } from './target-groups.js';

const PROTOCOLS: Readonly<Record<LoadBalancer['type'], readonly string[]>> = {
  application: ['HTTP', 'HTTPS'],
  network: ['TCP', 'UDP', 'TCP_UDP', 'TLS'],
  gateway: [],
};

export const listenerOperations: LoadBalancingOperations<
  'CreateListener' | 'DeleteListener' | 'DescribeListeners' | 'ModifyListener'
> = {
  CreateListener: {
    access: 'write',
    accepts: ['LoadBalancerArn', 'Protocol', 'Port', 'DefaultActions', 'Tags'],
    resources: ['LoadBalancerArn'],
    run: (context, input) => {
      const { state, world } = context;
      const balancer = needLoadBalancer(context, input.LoadBalancerArn ?? '');
      const siblings = Object.values(state.listeners).filter(
        (listener) => listener.loadBalancerArn === balancer.arn,
      );
      const targetGroupArns = readActions(context, input.DefaultActions ?? []);
      checkPortAndProtocol(balancer, input.Port, input.Protocol);
      checkTargets(context, balancer, targetGroupArns);
      const tags = readElbTags(input.Tags);
      const taken = siblings.find((listener) => listener.port === input.Port);
      if (taken)
        throw new ApiError(
          'DuplicateListener',
          `A listener already exists on this port for this load balancer '${balancer.arn}'`,
        );
      if (siblings.length >= world.settings.quotas.listenersPerLoadBalancer) {
        throw new ApiError('TooManyListeners', 'The maximum number of listeners has been reached');
      }
      context.willChange();
      const suffix = balancer.arn.slice(balancer.arn.indexOf(':loadbalancer/') + ':loadbalancer/'.length);
      const prefix = balancer.arn.slice(0, balancer.arn.indexOf(':loadbalancer/'));
      const listener: Listener = {
        arn: `${prefix}:listener/${suffix}/${world.random.hex(16)}`,
        loadBalancerArn: balancer.arn,
        port: input.Port,
        protocol: input.Protocol,
        targetGroupArns,
      };
      state.listeners[listener.arn] = listener;
      setElbTags(state, listener.arn, tags);
      return { Listeners: [viewListener(listener)] };
    },
  },
  DeleteListener: {
    access: 'write',
    accepts: ['ListenerArn'],
    resources: ['ListenerArn'],
    run: (context, input) => {
      const listener = needListener(context, input.ListenerArn ?? '');
      context.willChange();
      Reflect.deleteProperty(context.state.listeners, listener.arn);
      Reflect.deleteProperty(context.state.tags, listener.arn);
      return {};
    },
  },
  DescribeListeners: {
    access: 'read',
    accepts: ['LoadBalancerArn', 'ListenerArns', 'Marker', 'PageSize'],
    run: (context, input) => {
      const { ListenerArns: arns = [], LoadBalancerArn: balancerArn } = input;
      if (balancerArn !== undefined) needLoadBalancer(context, balancerArn);
      for (const arn of arns) needListener(context, arn);
      const chosen = Object.values(context.state.listeners).filter(
        (listener) =>
          (balancerArn === undefined || listener.loadBalancerArn === balancerArn) &&
          (arns.length === 0 || arns.includes(listener.arn)),
      );
      const page = pageOf(context, chosen, input.PageSize, input.Marker);
      return { Listeners: page.items.map(viewListener), NextMarker: page.nextMarker };
    },
  },
  ModifyListener: {
    access: 'write',
    accepts: ['ListenerArn', 'Port', 'Protocol', 'DefaultActions'],
    resources: ['ListenerArn'],
    run: (context, input) => {
      const listener = needListener(context, input.ListenerArn ?? '');
      const balancer = needLoadBalancer(context, listener.loadBalancerArn);
      const port = input.Port ?? listener.port;
      const protocol = input.Protocol ?? listener.protocol;
      checkPortAndProtocol(balancer, port, protocol);
      const targets = input.DefaultActions
        ? readActions(context, input.DefaultActions)
        : listener.targetGroupArns;
      checkTargets(context, balancer, targets);
      context.willChange();
      listener.port = port;
      listener.protocol = protocol;
      listener.targetGroupArns = targets;
      return { Listeners: [viewListener(listener)] };
    },
  },
};

function readActions(context: LoadBalancingContext, actions: readonly Action[]): string[] {
  return actions.map((action) => {
    if (action.Type !== 'forward' || action.ForwardConfig?.TargetGroupStickinessConfig) {
      throw new ApiError('UnsupportedOperation', `This simulation knows only plain forward actions.`);
    }
    const arn = action.TargetGroupArn ?? action.ForwardConfig?.TargetGroups?.[0]?.TargetGroupArn ?? '';
    return needTargetGroup(context, arn).arn;
  });
}

function checkTargets(context: LoadBalancingContext, balancer: LoadBalancer, arns: readonly string[]): void {
  for (const arn of arns) {
    const group = needTargetGroup(context, arn);
    const allowed = balancer.type === 'gateway' ? ['GENEVE'] : PROTOCOLS[balancer.type];
    if (!allowed.includes(group.protocol)) {
      throw new ApiError(
        'InvalidConfigurationRequest',
        `The protocol '${group.protocol}' of the target group is not allowed for load balancers of type '${balancer.type}'`,
      );
    }
    if (group.vpcId !== balancer.vpcId) {
      throw new ApiError(
        'InvalidConfigurationRequest',
        `The target group '${arn}' and the load balancer are in different VPCs`,
      );
    }
  }
}

function checkPortAndProtocol(
  balancer: LoadBalancer,
  port: number | undefined,
  protocol: string | undefined,
): void {
  if (balancer.type === 'gateway') {
    if ((port ?? protocol) !== undefined) {
      throw new ApiError(
        'ValidationError',
        'You cannot specify a port or a protocol for a Gateway Load Balancer listener',
      );
    }
    return;
  }
  if (port === undefined || protocol === undefined)
    throw new ApiError('ValidationError', 'A port and a protocol must be specified');
  if (!(port >= 1 && port <= 65_535))
    throw new ApiError('ValidationError', `Port '${port}' must be between 1 and 65535`);
  if (!PROTOCOLS[balancer.type].includes(protocol)) {
    throw new ApiError(
      'UnsupportedProtocol',
      `Protocol '${protocol}' is not supported for load balancers with type '${balancer.type}'`,
    );
  }
}

function needListener(context: LoadBalancingContext, arn: string): Listener {
  const listener = Object.hasOwn(context.state.listeners, arn) ? context.state.listeners[arn] : undefined;
  if (!listener) throw new ApiError('ListenerNotFound', `One or more listeners not found`);
  return listener;
}

function viewListener(
  listener: Listener,
): NonNullable<LoadBalancingOutput<'CreateListener'>['Listeners']>[number] {
  return {
    ListenerArn: listener.arn,
    LoadBalancerArn: listener.loadBalancerArn,
    Port: listener.port,
    Protocol: listener.protocol as 'UDP',
    DefaultActions: listener.targetGroupArns.map((TargetGroupArn) => ({
      Type: 'forward' as const,
      TargetGroupArn,
      ForwardConfig: { TargetGroups: [{ TargetGroupArn }] },
    })),
  };
}
