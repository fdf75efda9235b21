import type { CaptureOptions, HandlerConfig, HealthConfig, HealthFormat } from './config.js';
import { HandlerError } from './errors.js';
import { parseHookCommand } from './hooks/hook-command.js';
import { planLanes } from './lanes/plan-lanes.js';
import { persistDirectoryOf, type RunValues } from './options.js';
import type { CapturePoint } from '@net/geneve-native';

/** What the common options add to those of `run`. */
export interface CommonFlags {
  /** `-j` */
  readonly json: boolean;
}

/**
 * Makes the configuration of a handler from the options. Reads hook files to see that they are there; otherwise pure.
 * @throws HandlerError with exit code 2 for options that contradict each other, 3 for an engine that is not there.
 */
export function configFromOptions(
  values: RunValues,
  common: CommonFlags,
  availableCores: readonly number[],
  path: string,
): HandlerConfig {
  if (values.requireHook && values.cmdnew === undefined)
    throw new HandlerError('NET_GWLBTUN_OPTION', 2, '--require-hook needs a CREATE hook', {
      hint: 'Give one with -c.',
    });
  if (values.requireHook && values.whileHook === 'pass')
    throw new HandlerError(
      'NET_GWLBTUN_OPTION',
      2,
      '--require-hook and --while-hook pass contradict each other',
    );
  if (values.handOver && !values.persist)
    throw new HandlerError('NET_GWLBTUN_OPTION', 2, '--hand-over needs --persist');
  if (values.persist && values.datapath === 'user')
    throw new HandlerError(
      'NET_GWLBTUN_OPTION',
      2,
      '--persist and --datapath user contradict each other: only the kernel path can outlive the process',
    );
  return {
    port: values.genevePort,
    listenAddress: values.listen,
    sharePort: values.sharePort,
    lanes: planLanes(
      {
        udpThreads: values.udpthreads,
        udpCores: values.udpaffinity,
        tunThreads: values.tunthreads,
        tunCores: values.tunaffinity,
      },
      availableCores,
    ),
    createHook: values.cmdnew === undefined ? undefined : parseHookCommand('-c', values.cmdnew, path),
    destroyHook: values.cmddel === undefined ? undefined : parseHookCommand('-r', values.cmddel, path),
    hookTimeoutMs: values.hookTimeout,
    requireHook: values.requireHook,
    whileHook: values.whileHook,
    endpointIdleSeconds: wholeSeconds(values.timeout),
    flowIdleSeconds: wholeSeconds(values.idle),
    maxFlows: values.maxFlows,
    maxEndpoints: values.maxEndpoints,
    createPerSecond: values.createRate,
    endpoints: values.endpoint,
    allowFrom: values.allowFrom,
    offload: values.offload,
    decapOnly: values.decapOnly,
    mtu: values.mtu,
    outerChecksum: values.outerChecksum,
    returnPath: values.returnPath,
    keepDscp: values.keepDscp,
    datapath: values.datapath,
    kernelFlows: values.kernelFlows,
    kernelState: values.persist
      ? (values.persistDirectory ?? persistDirectoryOf(values.genevePort))
      : undefined,
    handOver: values.handOver,
    receiveBufferBytes: values.receiveBuffer,
    drainMs: values.drain,
    health: healthOf(values, common),
    metrics:
      values.metricsPort === undefined
        ? undefined
        : { port: values.metricsPort, address: values.metricsAddress },
    capture: captureOf(values),
  };
}

function healthOf(values: RunValues, common: CommonFlags): HealthConfig | undefined {
  if (values.port === undefined || values.port === 0) return undefined;
  const format: HealthFormat =
    values.healthFormat ?? (values.simple ? 'simple' : common.json ? 'json' : 'text');
  return {
    port: values.port,
    address: values.healthAddress,
    format,
    unhealthyDropsPerSecond: values.unhealthyDrops,
  };
}

const capturePoints: Readonly<Record<RunValues['capture'], readonly CapturePoint[]>> = {
  outer: ['outer-in', 'outer-out'],
  inner: ['inner-in', 'inner-out'],
  all: ['outer-in', 'inner-in', 'inner-out', 'outer-out'],
};

function captureOf(values: RunValues): CaptureOptions | undefined {
  if (!values.hex && values.pcap === undefined) return undefined;
  return {
    hex: values.hex,
    pcap:
      values.pcap === undefined
        ? undefined
        : { file: values.pcap, maxBytes: values.pcapSize, keep: values.pcapFiles },
    points: capturePoints[values.capture],
    sampleEvery: values.sampleEvery,
    snapBytes: values.snap,
  };
}

/** Rounded up: a timeout of less than a second must not become "never". */
function wholeSeconds(ms: number): number {
  return Math.ceil(ms / 1000);
}
