/** RDS of one account in one region, in plain JSON. */
export interface RdsState {
  readonly instances: Record<string, DatabaseInstance>;
  readonly subnetGroups: Record<string, SubnetGroup>;
}

export interface DatabaseInstance {
  readonly id: string;
  readonly instanceClass: string;
  readonly engine: string;
  readonly port: number;
  readonly endpointAddress: string;
  readonly isPublic: boolean;
  readonly groupIds: readonly string[];
  readonly subnetGroup: string;
  readonly zone: string;
  readonly networkInterfaceId: string;
  readonly createdAtMs: number;
  readonly resourceId: string;
}

export interface SubnetGroup {
  readonly name: string;
  readonly description: string;
  readonly vpcId: string;
  readonly subnetIds: readonly string[];
}
