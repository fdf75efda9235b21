import { describe, expect, test } from '@jest/globals';
import { AwsError } from '@net/aws-core';
import type { Fault, FaultRule } from '@net/aws-sandbox';
import { RouteMonError } from '../../src/errors.js';
import { runOnce } from '../../src/monitor/run-once.js';
import { type SandboxVpc, createSandboxVpc } from './sandbox-vpc.js';

/** What a heal does, one after the other: the n-th call of an action, or each. */
const steps: readonly { readonly action: string; readonly nth?: number }[] = [
  { action: 'DescribeRouteTables', nth: 1 },
  { action: 'DescribeNetworkInterfaces', nth: 1 },
  { action: 'DescribeNetworkInterfaces', nth: 2 },
  { action: 'DescribeInstances', nth: 1 },
  { action: 'ModifyNetworkInterfaceAttribute', nth: 1 },
  { action: 'DescribeRouteTables', nth: 2 },
  { action: 'CreateRoute', nth: 1 },
  { action: 'ReplaceRoute', nth: 1 },
  { action: 'DescribeRouteTables', nth: 3 },
  ...[
    'DescribeRouteTables',
    'DescribeNetworkInterfaces',
    'DescribeInstances',
    'ModifyNetworkInterfaceAttribute',
    'CreateRoute',
    'ReplaceRoute',
  ].map((action) => ({ action })),
];

const faults: readonly Fault[] = [
  { kind: 'throttle' },
  { kind: 'error', code: 'InternalError', status: 500 },
  { kind: 'latency', durationMs: 900 },
  { kind: 'stale', lagMs: 300 },
  { kind: 'cut', when: 'before' },
  { kind: 'cut', when: 'after' },
  { kind: 'cut', when: 'mid-answer' },
  { kind: 'deny' },
  { kind: 'small-pages', size: 1 },
  { kind: 'garbage' },
];

/** A missing route, a black hole, and a black hole that is to be claimed by an interface whose check is on. */
const worlds = [{ hasRoute: false }, {}, { checkIsOn: true }] as const;

/** Every step is there in one of the worlds, and those next to a write in each that has such a write. */
function isPartOf(world: (typeof worlds)[number], { action, nth }: (typeof steps)[number]): boolean {
  const isMissing = 'hasRoute' in world;
  const hasCheck = 'checkIsOn' in world;
  if (action === 'CreateRoute') return isMissing;
  if (action === 'ReplaceRoute') return !isMissing && !hasCheck;
  if (action === 'ModifyNetworkInterfaceAttribute') return hasCheck;
  if (action === 'DescribeRouteTables' && (nth === 2 || nth === 3)) return true;
  return !isMissing && !hasCheck;
}

interface Ending {
  readonly where: string;
  readonly route: string | undefined;
  readonly errors: readonly unknown[];
  readonly writes: number;
}

describe('every fault at every step of a heal', () => {
  for (const fault of faults) {
    test(`${JSON.stringify(fault)}: healed, or a clear error and nothing worse`, async () => {
      const endings: Ending[] = [];
      // A few at a time: each case has a sandbox of its own.
      const cases = worlds.flatMap((world) =>
        steps.filter((step) => isPartOf(world, step)).map((step) => ({ world, step })),
      );
      const many = cases.length;
      const work = async (): Promise<void> => {
        for (let next = cases.pop(); next; next = cases.pop()) endings.push(await run(next, fault));
      };
      await Promise.all(Array.from({ length: 24 }, work));
      expect(endings).toHaveLength(many);
      // One stroke of what passes by itself is never an error.
      if (fault.kind !== 'deny' && fault.kind !== 'garbage') {
        for (const { where, errors } of endings.filter((ending) => ending.where.includes('#'))) {
          expect({ where, errors }).toEqual({ where, errors: [] });
        }
      }
    }, 60_000);
  }
});

async function run(
  { world, step }: { readonly world: (typeof worlds)[number]; readonly step: (typeof steps)[number] },
  fault: Fault,
): Promise<Ending> {
  const where = `${JSON.stringify(world)} ${step.action}${step.nth === undefined ? '' : ` #${step.nth}`}`;
  const vpc = await createSandboxVpc(world);
  // A fault that stays is given up soon; one that passes has time on a busy machine, too.
  const budgetMs = step.nth === undefined ? 700 : 5_000;
  const api = await vpc.openApi({ budgetMs, timeoutMs: 600 });
  try {
    const own = vpc.id('nat-1/eni');
    vpc.killOwner();
    const before = vpc.route();
    const bystanders = othersOf(vpc);
    const rule: FaultRule = {
      match: { action: step.action },
      fault,
      ...(step.nth === undefined ? {} : { nth: step.nth }),
    };
    const handle = vpc.sandbox.faults.add(rule);
    const heal = async (): Promise<unknown[]> => {
      const monitor = vpc.monitor(
        api,
        { fixSourceDestCheck: true },
        { verifyMs: 1_000, throttleBudgetMs: budgetMs },
      );
      try {
        const { outcomes } = await runOnce(monitor, { lookAgainMs: 50 });
        return outcomes.flatMap((outcome) => (outcome.status === 'failed' ? [outcome.error] : []));
      } catch (error) {
        return [error];
      }
    };
    const errors = await heal();
    const after = vpc.route();
    expect({ where, isStruck: handle.struck > 0 }).toEqual({ where, isStruck: true });
    const writes = vpc.count('ReplaceRoute') + vpc.count('CreateRoute');
    for (const error of errors) {
      const isTyped = error instanceof AwsError || error instanceof RouteMonError;
      expect({ where, isTyped, error }).toMatchObject({ where, isTyped: true });
      if (fault.kind === 'deny') {
        expect({ where, message: (error as Error).message }).toEqual({
          where,
          message: expect.stringContaining(`ec2:${step.action}`) as unknown,
        });
      }
    }
    const isHealed = after === `${own} active`;
    // Old reads of the state before the failure show nothing to be done: then the next run has it to do.
    const isUnseen = fault.kind === 'stale';
    if (!isHealed && !isUnseen) expect({ where, errors: errors.length }).not.toEqual({ where, errors: 0 });
    expect({ where, after }).toEqual({ where, after: isHealed ? `${own} active` : before });
    expect(othersOf(vpc)).toEqual(bystanders);
    if (fault.kind === 'cut' && fault.when !== 'before' && /^(?:Create|Replace)Route$/.test(step.action)) {
      // Carried out, answer lost: read back and not repeated.
      expect({ where, writes }).toEqual({ where, writes: 1 });
    }
    // Whatever was left: the next run puts it right.
    vpc.sandbox.faults.clear();
    if (fault.kind === 'stale') await new Promise((resolve) => setTimeout(resolve, fault.lagMs));
    expect({ where, errors: await heal(), route: vpc.route() }).toEqual({
      where,
      errors: [],
      route: `${own} active`,
    });
    return { where, route: after, errors, writes };
  } finally {
    api.close();
    await vpc.close();
  }
}

function othersOf(vpc: SandboxVpc): readonly (string | undefined)[] {
  return ['10.9.0.0/16', '192.0.2.0/24', '10.0.0.0/16'].map((to) => vpc.route('table-1', to));
}
