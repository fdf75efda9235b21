/** A subnet that a load balancer may have an address in. */
export interface Subnet {
  readonly id: string;
  readonly zone: string;
}

export interface LoadBalancer {
  readonly arn: string;
  readonly name: string;
  /** `provisioning`, `active`, `active_impaired`, `failed`. */
  readonly state: string;
  readonly vpcId: string;
  readonly scheme: string;
}

export interface Listener {
  readonly arn: string;
  readonly protocol: string;
  readonly port: number;
  readonly targetGroupArns: readonly string[];
}

export interface TargetGroup {
  readonly arn: string;
  readonly protocol: string;
  readonly port: number;
  readonly vpcId: string;
}

/** How instances behind the load balancer are found alive: UDP itself cannot be asked. */
export interface HealthCheck {
  readonly protocol: 'TCP';
  readonly port: number;
}

/** EC2 and Elastic Load Balancing as the making of targets uses them. */
export interface TargetApi {
  /** VPC of an interface or an endpoint; undefined when there is none by that id. */
  vpcOf(resourceId: string, signal?: AbortSignal): Promise<string | undefined>;
  subnets(vpcId: string, signal?: AbortSignal): Promise<readonly Subnet[]>;
  /** VPCs that an active peering joins with this one. */
  peeredWith(vpcId: string, signal?: AbortSignal): Promise<readonly string[]>;
  loadBalancer(nameOrArn: string, signal?: AbortSignal): Promise<LoadBalancer | undefined>;
  listeners(balancerArn: string, signal?: AbortSignal): Promise<readonly Listener[]>;
  targetGroup(name: string, signal?: AbortSignal): Promise<TargetGroup | undefined>;
  /** Ids that are registered with a group. */
  registered(groupArn: string, signal?: AbortSignal): Promise<readonly string[]>;
  createLoadBalancer(name: string, subnetIds: readonly string[]): Promise<string>;
  createTargetGroup(name: string, vpcId: string, health: HealthCheck): Promise<string>;
  registerTargets(groupArn: string, instanceIds: readonly string[]): Promise<void>;
  createListener(balancerArn: string, groupArn: string): Promise<string>;
  deleteLoadBalancer(arn: string): Promise<void>;
  deleteTargetGroup(arn: string): Promise<void>;
  close(): void;
}

/** VXLAN, which mirrored packets come in (RFC 7348; "Traffic Mirroring targets", Amazon VPC documentation). */
export const VXLAN_PORT = 4789;
