import type { EC2Client, _InstanceType } from '@aws-sdk/client-ec2';
import {
  type CallRecorder,
  type PageOptions,
  type Paginate,
  type Session,
  allItems,
  createClient,
  readCaller,
  tagList,
  tagsFromList,
  toAwsError,
} from '@net/aws-core';
import type { FilterRule, Tags } from '../model/snapshot.js';
import type { MirrorApi } from './mirror-api.js';
import { readFilter, readInstance, readInterface, readSession, readTarget } from './read-answers.js';

/** What the API may be given besides its session. */
export interface MirrorApiOptions {
  /** Records what permissions the calls need. */
  readonly recorder?: CallRecorder | undefined;
}

/** The EC2 API of a session, by the SDK, which is loaded here and not before. */
export async function openMirrorApi(session: Session, options: MirrorApiOptions = {}): Promise<MirrorApi> {
  const sdk = await import('@aws-sdk/client-ec2');
  const reader: EC2Client = await createClient(session, sdk.EC2Client, { retryMode: 'standard' });
  // Each create carries a client token, and the other writes come to the same when they are done twice.
  const repeatable = [
    'CreateTrafficMirrorFilter',
    'CreateTrafficMirrorFilterRule',
    'CreateTrafficMirrorSession',
  ];
  const writer: EC2Client = await createClient(session, sdk.EC2Client, {
    retryMode: 'standard',
    retry: { retryThrottled: false },
    repeatable: [
      ...repeatable,
      'CreateTrafficMirrorTarget',
      'ModifyTrafficMirrorSession',
      'ModifyTrafficMirrorFilterNetworkServices',
    ],
  });
  const place = { region: session.region };
  options.recorder?.watch(reader, place);
  options.recorder?.watch(writer, place);
  const counts = new Map<string, number>();
  for (const client of [reader, writer]) {
    client.middlewareStack.add(
      (next, context) => (args) => {
        const operation = (context.commandName ?? 'Unknown').replace(/Command$/, '');
        counts.set(operation, (counts.get(operation) ?? 0) + 1);
        return next(args);
      },
      { step: 'initialize', name: 'countCalls' },
    );
  }

  const call = async <T>(operation: string, work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      throw toAwsError(error, { action: `ec2:${operation}` });
    }
  };
  const list = <Input extends object, Output, Item, Read>(
    operation: string,
    paginate: Paginate<EC2Client, Input, Output>,
    input: Input,
    select: (page: Output) => readonly Item[] | undefined,
    read: (item: Item) => Read | undefined,
    page: PageOptions,
  ): Promise<Read[]> =>
    call(operation, async () => {
      const items = await allItems(paginate, reader, input, select, page);
      return items.map(read).filter((item): item is Exclude<typeof item, undefined> => item !== undefined);
    });
  const pages = (signal: AbortSignal | undefined): PageOptions => ({ pageSize: 1_000, signal });
  let caller: Promise<string> | undefined;

  return {
    region: session.region,
    accountId: (signal) =>
      (caller ??= readCaller(session, signal).then(({ accountId }) => {
        counts.set('GetCallerIdentity', 1);
        return accountId;
      })),
    vpcs: (signal) =>
      list(
        'DescribeVpcs',
        sdk.paginateDescribeVpcs,
        {},
        ({ Vpcs }) => Vpcs,
        ({ VpcId: id, Tags }) => (id === undefined ? undefined : { id, tags: tagsFromList(Tags) }),
        pages(signal),
      ),
    instances: (signal) =>
      list(
        'DescribeInstances',
        sdk.paginateDescribeInstances,
        {},
        ({ Reservations }) => Reservations?.flatMap(({ Instances }) => Instances ?? []),
        readInstance,
        pages(signal),
      ),
    interfaces: (signal) =>
      list(
        'DescribeNetworkInterfaces',
        sdk.paginateDescribeNetworkInterfaces,
        {},
        ({ NetworkInterfaces }) => NetworkInterfaces,
        readInterface,
        pages(signal),
      ),
    targets: (signal) =>
      list(
        'DescribeTrafficMirrorTargets',
        sdk.paginateDescribeTrafficMirrorTargets,
        {},
        ({ TrafficMirrorTargets }) => TrafficMirrorTargets,
        readTarget,
        pages(signal),
      ),
    filters: (signal) =>
      list(
        'DescribeTrafficMirrorFilters',
        sdk.paginateDescribeTrafficMirrorFilters,
        {},
        ({ TrafficMirrorFilters }) => TrafficMirrorFilters,
        readFilter,
        pages(signal),
      ),
    sessions: (signal) =>
      list(
        'DescribeTrafficMirrorSessions',
        sdk.paginateDescribeTrafficMirrorSessions,
        {},
        ({ TrafficMirrorSessions }) => TrafficMirrorSessions,
        readSession,
        pages(signal),
      ),
    instanceTypes: async (types, signal) => {
      const facts = [];
      // DescribeInstanceTypes takes at most 100 names.
      for (let at = 0; at < types.length; at += 100) {
        const names = types.slice(at, at + 100) as _InstanceType[];
        facts.push(
          ...(await list(
            'DescribeInstanceTypes',
            sdk.paginateDescribeInstanceTypes,
            { InstanceTypes: names },
            ({ InstanceTypes }) => InstanceTypes,
            ({ InstanceType: type, BareMetal }) =>
              type === undefined ? undefined : { type, isBareMetal: BareMetal === true },
            { signal },
          )),
        );
      }
      return facts;
    },
    createSession: (wanted, dryRun) =>
      call('CreateTrafficMirrorSession', async () => {
        const { TrafficMirrorSession: made } = await writer.send(
          new sdk.CreateTrafficMirrorSessionCommand({
            NetworkInterfaceId: wanted.interfaceId,
            TrafficMirrorTargetId: wanted.targetId,
            TrafficMirrorFilterId: wanted.filterId,
            SessionNumber: wanted.number,
            PacketLength: wanted.packetLength,
            VirtualNetworkId: wanted.virtualNetworkId,
            TagSpecifications: specification('traffic-mirror-session', wanted.tags),
            ClientToken: wanted.clientToken,
            ...(dryRun === true ? { DryRun: true } : {}),
          }),
        );
        return made?.TrafficMirrorSessionId ?? '';
      }),
    modifySession: (sessionId, { targetId, filterId, packetLength, virtualNetworkId, remove }) =>
      call('ModifyTrafficMirrorSession', async () => {
        await writer.send(
          new sdk.ModifyTrafficMirrorSessionCommand({
            TrafficMirrorSessionId: sessionId,
            TrafficMirrorTargetId: targetId,
            TrafficMirrorFilterId: filterId,
            PacketLength: packetLength,
            VirtualNetworkId: virtualNetworkId,
            ...(remove.length === 0 ? {} : { RemoveFields: [...remove] }),
          }),
        );
      }),
    deleteSession: (sessionId) =>
      call('DeleteTrafficMirrorSession', async () => {
        await writer.send(new sdk.DeleteTrafficMirrorSessionCommand({ TrafficMirrorSessionId: sessionId }));
      }),
    createFilter: (description, tags, clientToken) =>
      call('CreateTrafficMirrorFilter', async () => {
        const { TrafficMirrorFilter: made } = await writer.send(
          new sdk.CreateTrafficMirrorFilterCommand({
            Description: description,
            TagSpecifications: specification('traffic-mirror-filter', tags),
            ClientToken: clientToken,
          }),
        );
        return made?.TrafficMirrorFilterId ?? '';
      }),
    createFilterRule: (filterId, rule, clientToken) =>
      call('CreateTrafficMirrorFilterRule', async () => {
        await writer.send(
          new sdk.CreateTrafficMirrorFilterRuleCommand({
            ...ruleInput(filterId, rule),
            ClientToken: clientToken,
          }),
        );
      }),
    addFilterServices: (filterId, services) =>
      call('ModifyTrafficMirrorFilterNetworkServices', async () => {
        await writer.send(
          new sdk.ModifyTrafficMirrorFilterNetworkServicesCommand({
            TrafficMirrorFilterId: filterId,
            AddNetworkServices: [...services],
          }),
        );
      }),
    deleteFilter: (filterId) =>
      call('DeleteTrafficMirrorFilter', async () => {
        await writer.send(new sdk.DeleteTrafficMirrorFilterCommand({ TrafficMirrorFilterId: filterId }));
      }),
    createTarget: (target) =>
      call('CreateTrafficMirrorTarget', async () => {
        const { TrafficMirrorTarget: made } = await writer.send(
          new sdk.CreateTrafficMirrorTargetCommand({
            NetworkLoadBalancerArn: target.networkLoadBalancerArn,
            GatewayLoadBalancerEndpointId: target.gatewayLoadBalancerEndpointId,
            NetworkInterfaceId: target.networkInterfaceId,
            Description: target.description,
            TagSpecifications: specification('traffic-mirror-target', target.tags),
            ClientToken: target.clientToken,
          }),
        );
        return made?.TrafficMirrorTargetId ?? '';
      }),
    deleteTarget: (targetId) =>
      call('DeleteTrafficMirrorTarget', async () => {
        await writer.send(new sdk.DeleteTrafficMirrorTargetCommand({ TrafficMirrorTargetId: targetId }));
      }),
    createTags: (resourceIds, tags) =>
      call('CreateTags', async () => {
        await reader.send(new sdk.CreateTagsCommand({ Resources: [...resourceIds], Tags: tagList(tags) }));
      }),
    deleteTags: (resourceIds, keys) =>
      call('DeleteTags', async () => {
        const Tags = keys.map((Key) => ({ Key }));
        await reader.send(new sdk.DeleteTagsCommand({ Resources: [...resourceIds], Tags }));
      }),
    counts: () => Object.fromEntries(counts),
    close: () => {
      reader.destroy();
      writer.destroy();
    },
  };
}

function specification<Kind extends string>(
  kind: Kind,
  tags: Tags,
): { ResourceType: Kind; Tags: ReturnType<typeof tagList> }[] {
  return [{ ResourceType: kind, Tags: tagList(tags) }];
}

function ruleInput(
  filterId: string,
  { direction, number, action, source, destination, protocol, sourcePorts, destinationPorts }: FilterRule,
): {
  TrafficMirrorFilterId: string;
  TrafficDirection: 'ingress' | 'egress';
  RuleNumber: number;
  RuleAction: 'accept' | 'reject';
  SourceCidrBlock: string;
  DestinationCidrBlock: string;
  Protocol: number | undefined;
  SourcePortRange: { FromPort: number; ToPort: number } | undefined;
  DestinationPortRange: { FromPort: number; ToPort: number } | undefined;
} {
  const ports = (range: FilterRule['sourcePorts']): { FromPort: number; ToPort: number } | undefined =>
    range === undefined ? undefined : { FromPort: range[0], ToPort: range[1] };
  return {
    TrafficMirrorFilterId: filterId,
    TrafficDirection: direction,
    RuleNumber: number,
    RuleAction: action,
    SourceCidrBlock: source,
    DestinationCidrBlock: destination,
    Protocol: protocol,
    SourcePortRange: ports(sourcePorts),
    DestinationPortRange: ports(destinationPorts),
  };
}
