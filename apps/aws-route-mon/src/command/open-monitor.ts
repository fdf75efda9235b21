import {
  type CallRecorder,
  type Clock,
  type Random,
  type Session,
  createImds,
  openSession,
  readIdentity,
  readInterfaces,
} from '@net/aws-core';
import { AwsError } from '@net/aws-core';
import { originalJitter, watchConfig } from '../config.js';
import { RouteMonError } from '../errors.js';
import { type Ec2RouteApi, openEc2RouteApi } from '../ec2/ec2-route-api.js';
import type { OnEvent } from '../monitor/events.js';
import { programHooks } from '../monitor/hooks.js';
import { type Monitor, createMonitor } from '../monitor/monitor.js';
import { createMachine } from '../observe/machine.js';
import { createProbes } from '../probe/run-probe.js';
import { VERSION } from '../version.js';
import type { SessionValues, WatchValues } from './options.js';

/** A monitor by the command line's options, and the end of what it holds. */
export interface OpenMonitor {
  readonly monitor: Monitor;
  readonly api: Ec2RouteApi;
  readonly session: Session;
  close(): void;
}

export interface OpenMonitorOptions {
  readonly mode: 'once' | 'daemon';
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly onEvent: OnEvent;
  readonly signal: AbortSignal;
  readonly clock?: Clock;
  readonly random?: Random;
  readonly recorder?: CallRecorder;
}

/** Finds out where this runs and opens everything that a monitor needs. */
export async function openMonitor(values: WatchValues, options: OpenMonitorOptions): Promise<OpenMonitor> {
  const { mode, env, signal } = options;
  if (values.routeTable.length + values.select.length === 0) {
    throw new RouteMonError('NET_ROUTE_MON_INPUT', 'no route table is given', {
      hint: 'Name one with -r rtb-..., or select some with --select.',
    });
  }
  // Everything that can be said to be wrong is said before anything is asked.
  const config = (interfaceId: string): ReturnType<typeof watchConfig> =>
    watchConfig({
      interfaceId,
      routeTables: values.routeTable,
      select: values.select.map(({ text }) => text),
      destinations: values.cidr.map(({ value }) => value),
      createMissing: values.create,
      policy: values.policy.text,
      fall: values.fall,
      rise: values.rise,
      takeOver: {
        gateways: values.takeOverGateway,
        foreign: values.takeOverForeign,
        unknownStates: values.takeOverUnknownState,
      },
      fixSourceDestCheck: values.fixSourceDestCheck,
      allowRemoteInterface: values.allowRemoteInterface,
      requireForwarding: values.requireForwarding,
      ...(values.jitter ? { jitter: values.jitter } : mode === 'once' ? { jitter: originalJitter } : {}),
      intervalMs: values.interval,
      leastTurnMs: values.turn,
      failBack: { mode: values.failBack, holdDownMs: values.holdDown },
      ...(values.fallback === undefined
        ? {}
        : { fallback: values.fallback === 'peer' ? 'peer' : values.fallback.id }),
    });
  const given = values.interface === 'auto' ? undefined : config(values.interface);
  const session = await sessionOf(values, env, signal);
  const watched = given ?? config(await primaryInterface(env, signal));
  const api = await openEc2RouteApi(session, options.recorder ? { recorder: options.recorder } : {});
  const monitor = createMonitor({
    api,
    config: watched,
    host: createMachine(env),
    probes: createProbes({
      own: values.probe,
      path: values.pathProbe,
      owner: values.ownerProbe,
      timeoutMs: values.probeTimeout,
    }),
    peerSource: values.peers ?? { kind: mode === 'daemon' ? 'auto' : 'none' },
    hooks: programHooks({
      beforeClaim: values.hookBeforeClaim,
      afterClaim: values.hookAfterClaim,
      beforeRelease: values.hookBeforeRelease,
      afterRelease: values.hookAfterRelease,
      timeoutMs: values.hookTimeout,
    }),
    concurrency: values.concurrency,
    verifyMs: values.verifyTimeout,
    throttleBudgetMs: values.throttleBudget,
    onEvent: options.onEvent,
    ...(options.clock ? { clock: options.clock } : {}),
    ...(options.random ? { random: options.random } : {}),
  });
  return { monitor, api, session, close: () => api.close() };
}

/** The session of the options; without a region from anywhere that of the instance. */
async function sessionOf(
  values: SessionValues,
  env: OpenMonitorOptions['env'],
  signal: AbortSignal,
): Promise<Session> {
  const open = async (region: string | undefined): Promise<Session> =>
    await openSession({
      app: { name: 'aws-route-mon', version: VERSION },
      region,
      profile: values.profile,
      accessKeyId: values.accessId,
      secretAccessKey: values.accessKey,
      roles: values.roleArn === undefined ? [] : [{ roleArn: values.roleArn }],
      endpointUrl: values.endpointUrl,
      env,
      signal,
    });
  try {
    return await open(values.region);
  } catch (error) {
    const isUnknown =
      values.region === undefined && error instanceof AwsError && error.code === 'NET_AWS_REGION';
    if (!isUnknown || error.exitCode === 2) throw error;
    try {
      return await open('auto');
    } catch {
      // Off EC2 the silence of the metadata service says less than that no region was given.
      throw error;
    }
  }
}

async function primaryInterface(env: OpenMonitorOptions['env'], signal: AbortSignal): Promise<string> {
  const imds = createImds({ env });
  try {
    const { mac } = await readIdentity(imds, signal);
    const primary = (await readInterfaces(imds, signal)).find((eni) => eni.mac === mac);
    if (primary) return primary.interfaceId;
    throw new RouteMonError(
      'NET_ROUTE_MON_NOT_READY',
      `the instance metadata shows no interface with ${mac}`,
    );
  } finally {
    imds.close();
  }
}
