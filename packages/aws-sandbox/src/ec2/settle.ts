import type { World } from '../world/world.js';
import { freeInterface } from './interface-life.js';
import type { Ec2State, Instance, PendingChange } from './state.js';
import { forgetTags } from './tags.js';

/** Carries out, in order of time, every pending change that is due. */
export function settleEc2(state: Ec2State, nowMs: number, world: World): void {
  if (!state.pending.some((change) => change.atMs <= nowMs)) return;
  for (;;) {
    const due = state.pending.filter((change) => change.atMs <= nowMs).sort((a, b) => a.atMs - b.atMs)[0];
    if (!due) return;
    state.pending = state.pending.filter((change) => change !== due);
    carryOut(state, due, world);
  }
}

/** Replaces what was pending for a resource by one new change. */
export function schedule(state: Ec2State, change: PendingChange): void {
  state.pending = state.pending.filter((other) => other.id !== change.id);
  state.pending.push(change);
}

function carryOut(state: Ec2State, change: PendingChange, world: World): void {
  const { id, atMs } = change;
  const { delays } = world.settings;
  switch (change.kind) {
    case 'instance': {
      const instance = state.instances[id];
      if (!instance) return;
      if (change.to === 'gone') {
        Reflect.deleteProperty(state.instances, id);
        Reflect.deleteProperty(state.lostTargets, id);
        forgetTags(state, id);
        return;
      }
      enterState(state, instance, change.to, atMs, delays.terminatedVisibleMs);
      return;
    }
    case 'nat-gateway': {
      const gateway = state.natGateways[id];
      if (!gateway) return;
      if (change.to === 'gone') {
        Reflect.deleteProperty(state.natGateways, id);
        forgetTags(state, id);
        return;
      }
      gateway.state = change.to;
      if (change.to === 'available') return;
      gateway.deletedAtMs = atMs;
      state.lostTargets[id] = atMs;
      releaseAddress(state, gateway.allocationId);
      freeInterface(state, gateway.networkInterfaceId, atMs);
      schedule(state, { atMs: atMs + delays.terminatedVisibleMs, kind: 'nat-gateway', id, to: 'gone' });
      return;
    }
    case 'transit-gateway': {
      const gateway = state.transitGateways[id];
      if (!gateway) return;
      if (change.to === 'available') gateway.state = 'available';
      else remove(state, state.transitGateways, id, atMs);
      return;
    }
    case 'transit-gateway-attachment': {
      const attachment = state.transitGatewayAttachments[id];
      if (!attachment) return;
      if (change.to === 'available') {
        attachment.state = 'available';
        return;
      }
      remove(state, state.transitGatewayAttachments, id, atMs);
      state.lostTargets[`${attachment.transitGatewayId}|${attachment.vpcId}`] = atMs;
      return;
    }
    case 'endpoint': {
      const endpoint = state.endpoints[id];
      if (!endpoint) return;
      if (change.to === 'available') {
        endpoint.state = 'available';
        return;
      }
      for (const interfaceId of endpoint.networkInterfaceIds) freeInterface(state, interfaceId, atMs);
      remove(state, state.endpoints, id, atMs);
      return;
    }
  }
}

function enterState(
  state: Ec2State,
  instance: Instance,
  to: 'running' | 'stopped' | 'terminated',
  atMs: number,
  visibleMs: number,
): void {
  instance.state = to;
  if (to === 'running') {
    Reflect.deleteProperty(state.lostTargets, instance.id);
    return;
  }
  state.lostTargets[instance.id] = atMs;
  // Auto-assigned public addresses are given back on stop; Elastic IPs stay.
  for (const eni of Object.values(state.networkInterfaces)) {
    if (eni.attachment?.instanceId !== instance.id) continue;
    for (const ip of eni.privateIps) {
      if (ip.allocationId === undefined) delete ip.publicIp;
    }
    if (to !== 'terminated') continue;
    const { deleteOnTermination } = eni.attachment;
    eni.attachment = undefined;
    state.lostTargets[eni.id] = atMs;
    if (deleteOnTermination) freeInterface(state, eni.id, atMs);
  }
  if (to === 'terminated')
    schedule(state, { atMs: atMs + visibleMs, kind: 'instance', id: instance.id, to: 'gone' });
}

function releaseAddress(state: Ec2State, allocationId: string | undefined): void {
  const address = allocationId === undefined ? undefined : state.addresses[allocationId];
  if (!address) return;
  delete address.associationId;
  delete address.natGatewayId;
  delete address.networkInterfaceId;
  delete address.privateIp;
}

function remove(state: Ec2State, records: Record<string, unknown>, id: string, atMs: number): void {
  Reflect.deleteProperty(records, id);
  state.lostTargets[id] = atMs;
  forgetTags(state, id);
}
