/** Elastic Load Balancing v2 of one account in one region; everything is keyed by ARN. */
export interface LoadBalancingState {
  readonly loadBalancers: Record<string, LoadBalancer>;
  readonly targetGroups: Record<string, TargetGroup>;
  readonly listeners: Record<string, Listener>;
  readonly tags: Record<string, Record<string, string>>;
}

export type LoadBalancerType = 'application' | 'network' | 'gateway';

export interface LoadBalancer {
  readonly arn: string;
  readonly name: string;
  readonly type: LoadBalancerType;
  readonly scheme: 'internal' | 'internet-facing';
  readonly vpcId: string;
  readonly subnetIds: readonly string[];
  readonly securityGroupIds: readonly string[];
  readonly ipAddressType: string;
  readonly createdAtMs: number;
  /** Provisioning until then. */
  readonly activeAtMs: number;
  readonly networkInterfaceIds: readonly string[];
  attributes: Record<string, string>;
}

export interface TargetGroup {
  readonly arn: string;
  readonly name: string;
  readonly protocol: string;
  readonly port: number;
  readonly vpcId: string | undefined;
  readonly targetType: 'instance' | 'ip' | 'alb' | 'lambda';
  healthCheck: HealthCheck;
  attributes: Record<string, string>;
  targets: { readonly id: string; readonly port: number }[];
}

export interface HealthCheck {
  readonly enabled: boolean;
  readonly protocol: string;
  readonly port: string;
  readonly path: string | undefined;
  readonly intervalSeconds: number;
  readonly timeoutSeconds: number;
  readonly healthyThreshold: number;
  readonly unhealthyThreshold: number;
}

export interface Listener {
  readonly arn: string;
  readonly loadBalancerArn: string;
  port: number | undefined;
  protocol: string | undefined;
  /** Forward actions only. */
  targetGroupArns: string[];
}
