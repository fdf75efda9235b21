import { randomBytes } from 'node:crypto';

import { run } from './processes.js';

/** A load balancer and an appliance, joined by a cable, in namespaces of their own. */
export interface ApplianceWorld {
  readonly balancer: string;
  readonly appliance: string;
  readonly balancerAddress: string;
  readonly applianceAddress: string;
  remove(): Promise<void>;
}

/** Makes both namespaces; `remove` takes them away with everything in them. Needs root. */
export async function createApplianceWorld(): Promise<ApplianceWorld> {
  const mark = `${process.pid}-${randomBytes(2).toString('hex')}`;
  const balancer = `tour-gwlb-${mark}`;
  const appliance = `tour-appliance-${mark}`;
  const ip = async (line: string): Promise<void> => {
    await run('ip', line.split(' '));
  };
  const remove = async (): Promise<void> => {
    for (const name of [balancer, appliance]) await ip(`netns del ${name}`).catch(() => undefined);
  };
  try {
    for (const name of [balancer, appliance]) {
      await ip(`netns add ${name}`);
      await ip(`-n ${name} link set lo up`);
    }
    await ip(`-n ${balancer} link add vg mtu 9001 type veth peer name va mtu 9001 netns ${appliance}`);
    await ip(`-n ${balancer} addr add 10.9.0.1/24 dev vg`);
    await ip(`-n ${appliance} addr add 10.9.0.2/24 dev va`);
    await ip(`-n ${balancer} link set vg up`);
    await ip(`-n ${appliance} link set va up`);
  } catch (error) {
    await remove();
    throw error;
  }
  return { balancer, appliance, balancerAddress: '10.9.0.1', applianceAddress: '10.9.0.2', remove };
}
