/** Classic load balancers of one account in one region, in plain JSON. */
export interface ClassicState {
  readonly balancers: Record<string, ClassicBalancer>;
}

export interface ClassicBalancer {
  readonly name: string;
  readonly dnsName: string;
  readonly scheme: 'internet-facing' | 'internal';
  readonly vpcId: string;
  readonly subnetIds: readonly string[];
  readonly zones: readonly string[];
  readonly groupIds: readonly string[];
  readonly createdAtMs: number;
  readonly networkInterfaceIds: readonly string[];
  readonly listeners: readonly {
    readonly protocol: string;
    readonly port: number;
    readonly instanceProtocol: string;
    readonly instancePort: number;
    readonly certificateId: string | undefined;
  }[];
  instanceIds: string[];
}
