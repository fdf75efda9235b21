import type { Route } from '../model/route-table.js';
import type { OwnerFacts, ProbeResult } from '../model/snapshot.js';
import type { Reading, Signal } from './policy.js';

/** One reading of one signal, in words. */
export interface Evidence {
  readonly signal: Signal;
  readonly reading: Reading;
  readonly detail: string;
}

/** What is known besides the route itself; parts that were not looked at are undefined. */
export interface Findings {
  readonly owner: OwnerFacts | undefined;
  readonly ownerProbe: ProbeResult | undefined;
  readonly pathProbe: ProbeResult | undefined;
}

/** Reads every signal about a route's present owner. What was not looked at reads `unknown`. */
export function readEvidence(
  route: Route,
  findings: Findings,
  unknownStatesAreBad: boolean,
): readonly Evidence[] {
  return [
    readState(route, unknownStatesAreBad),
    readAttachment(route, findings.owner),
    readInstance(findings.owner),
    readStatusChecks(findings.owner),
    fromProbe('owner-probe', findings.ownerProbe),
    fromProbe('path-probe', findings.pathProbe),
  ];
}

function readState(route: Route, unknownStatesAreBad: boolean): Evidence {
  const detail = `the route's state is ${route.state ?? 'not told'}`;
  if (route.state === 'blackhole') return { signal: 'blackhole', reading: 'bad', detail };
  if (route.state === 'active') return { signal: 'blackhole', reading: 'good', detail };
  return { signal: 'blackhole', reading: unknownStatesAreBad ? 'bad' : 'unknown', detail };
}

function readAttachment(route: Route, owner: OwnerFacts | undefined): Evidence {
  const signal = 'detached';
  if (route.target.kind !== 'interface')
    return { signal, reading: 'unknown', detail: 'the target is no interface' };
  if (!owner) return { signal, reading: 'unknown', detail: 'the interface was not looked at' };
  // An interface of another account is not visible; one that was deleted makes the route a black hole.
  if (!owner.interface) return { signal, reading: 'unknown', detail: 'the interface is not visible' };
  const { attachment, status } = owner.interface;
  const isDetached = !attachment || attachment.status === 'detached' || attachment.status === 'detaching';
  if (isDetached) {
    return {
      signal,
      reading: 'bad',
      detail: `the interface is detached (${attachment?.status ?? status ?? 'no attachment'})`,
    };
  }
  return { signal, reading: 'good', detail: `the interface is ${attachment.status ?? 'attached'}` };
}

const DOWN: ReadonlySet<string> = new Set(['stopping', 'stopped', 'shutting-down', 'terminated']);

function readInstance(owner: OwnerFacts | undefined): Evidence {
  const signal = 'stopped';
  const state = owner?.instance?.state;
  if (state === undefined)
    return { signal, reading: 'unknown', detail: "the owner's instance was not looked at" };
  const detail = `the instance ${owner?.instance?.id ?? ''} is ${state}`;
  // A pending instance is on its way: neither up nor gone.
  return { signal, reading: DOWN.has(state) ? 'bad' : state === 'running' ? 'good' : 'unknown', detail };
}

function readStatusChecks(owner: OwnerFacts | undefined): Evidence {
  const signal = 'impaired';
  const { systemStatus, instanceStatus } = owner?.instance ?? {};
  if (systemStatus === undefined && instanceStatus === undefined) {
    return { signal, reading: 'unknown', detail: 'the status checks were not read' };
  }
  const detail = `status checks: system ${systemStatus ?? 'not told'}, instance ${instanceStatus ?? 'not told'}`;
  if (systemStatus === 'impaired' || instanceStatus === 'impaired') return { signal, reading: 'bad', detail };
  const isGood = systemStatus === 'ok' && instanceStatus === 'ok';
  return { signal, reading: isGood ? 'good' : 'unknown', detail };
}

function fromProbe(signal: Signal, probe: ProbeResult | undefined): Evidence {
  if (!probe) return { signal, reading: 'unknown', detail: 'not probed' };
  return { signal, reading: probe.ok ? 'good' : 'bad', detail: probe.detail };
}
