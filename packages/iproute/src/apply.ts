import type { Family } from './cidr.js';
import type { CommandResult, RunOptions } from './command.js';
import { commandError, ipCommandLine } from './command.js';
import type { DesiredState, Ownership } from './desired.js';
import { ownsRoute, ownsRule } from './desired.js';
import { IprouteBatchError, IprouteError, IprouteVerifyError } from './errors.js';
import { nftLine } from './nftables.js';
import { runWhole } from './whole-input.js';
import type { IpAction, Plan } from './plan.js';
import { isEmptyPlan, planChanges } from './plan.js';
import type { Snapshot } from './snapshot.js';
import { observe } from './snapshot.js';

/** What an apply did. */
export interface ApplyResult {
  /** Lines executed per family and transactions of nftables; all 0 when there was nothing to do. */
  readonly executed: Readonly<Record<Family, number>> & { readonly nftables: number };
  /**
   * What was read back: the routes and rules of the protocol, without links and addresses; undefined when there
   * was nothing to do, as nothing was read then.
   */
  readonly after: Snapshot | undefined;
}

/** How to apply. */
export interface ApplyOptions extends RunOptions {
  /** Reads the state back and compares; default true. */
  readonly verify?: boolean | undefined;
}

/**
 * Executes a plan: one `ip -batch -` per family that has actions, then one `nft -f -`. A batch is not atomic,
 * so when a line is refused, or what is read back differs, the inverse lines (which were ready beforehand) run
 * and the error says whether the state from before is back. An empty plan starts no process.
 *
 * @throws {IprouteBatchError} with the line and the kernel's words.
 * @throws {IprouteVerifyError} when the state read back is not the plan's end.
 * @throws {IprouteError} NET_IPROUTE_CONFLICT when the plan has conflicts: nothing is executed then.
 */
export async function applyPlan(plan: Plan, options: ApplyOptions = {}): Promise<ApplyResult> {
  if (plan.conflicts.length > 0) throw conflictError(plan);
  const executed = { inet: 0, inet6: 0, nftables: 0 };
  if (isEmptyPlan(plan)) return { executed, after: undefined };
  const batches = (['inet', 'inet6'] as const).map((family) => batchFor(plan, family));
  const done: Batch[] = [];
  try {
    for (const batch of batches) {
      if (batch.actions.length === 0) continue;
      done.push(batch);
      await runBatch(batch, options);
      executed[batch.family] = batch.actions.length;
    }
    if (plan.nftAction !== undefined) {
      await runNft(plan.nftAction.script, options);
      executed.nftables = 1;
    }
  } catch (error) {
    throw withRollback(error, await rollBack(done, plan, executed.nftables === 1, options));
  }
  if (options.verify === false) return { executed, after: undefined };
  const checked = plan.nftAction === undefined ? { ...plan.ownership, nftTable: undefined } : plan.ownership;
  const after = await observe({
    ...options,
    onlyProtocol: checked.protocol,
    nftTable: checked.nftTable,
  });
  const rest = planChanges(after, plan.desired, checked);
  if (!isEmptyPlan(rest) || rest.conflicts.length > 0) {
    throw new IprouteVerifyError(
      describe(rest),
      await rollBack(done, plan, executed.nftables === 1, options),
    );
  }
  return { executed, after };
}

/** The part of a snapshot that a way back needs; plain, so that it can be kept in a file. */
export type OwnedPart = Pick<Snapshot, 'routes' | 'rules' | 'nftTable'>;

/**
 * What of a snapshot is under the mark, as a desired state: planning from a later snapshot to this brings the
 * owned part back to what it was. The nftables table comes back from its listing, by `restorePlan`.
 */
export function ownedState(snapshot: OwnedPart, ownership: Ownership): DesiredState {
  return {
    routes: snapshot.routes
      .filter((route) => ownsRoute(ownership, route))
      .map(({ protocol: _, nextHops: _n, unknown: _u, tos: _t, ...route }) => ({
        ...route,
        reason: 'was there before',
      })),
    rules: snapshot.rules
      .filter((rule) => ownsRule(ownership, rule) && rule.table !== undefined)
      .map((rule) => ({
        family: rule.family,
        priority: rule.priority,
        source: rule.source,
        destination: rule.destination,
        mark: rule.mark,
        markMask: rule.markMask,
        inputDevice: rule.inputDevice,
        outputDevice: rule.outputDevice,
        table: rule.table!,
        suppressPrefixLength: rule.suppressPrefixLength,
        reason: 'was there before',
      })),
  };
}

/** The plan that leads from `now` back to the owned part of `before`, the nftables table included. */
export function restorePlan(now: Snapshot, before: OwnedPart, ownership: Ownership): Plan {
  const plan = planChanges(now, ownedState(before, ownership), ownership);
  if (before.nftTable === undefined || ownership.nftTable === undefined) return plan;
  // The table comes back from its listing, which has no digest to compare: it is not part of the read-back.
  const restored = { ...plan, ownership: { ...ownership, nftTable: undefined } };
  if (now.nftTable?.text === before.nftTable.text) return { ...restored, nftAction: undefined };
  const name = `${ownership.nftTable.family} ${ownership.nftTable.name}`;
  return {
    ...restored,
    nftAction: {
      kind: 'replace-nft-table',
      script: `add table ${name}\ndelete table ${name}\n${before.nftTable.text}`,
      inverse: plan.nftAction?.inverse ?? `add table ${name}\ndelete table ${name}\n`,
      reason: 'was there before',
    },
  };
}

interface Batch {
  readonly family: Family;
  readonly actions: readonly IpAction[];
  readonly input: string;
  readonly inverse: string;
}

function batchFor(plan: Plan, family: Family): Batch {
  const actions = plan.actions.filter((action) => action.family === family);
  return {
    family,
    actions,
    input: lines(actions.map((action) => action.line)),
    inverse: lines(actions.map((action) => action.inverse).reverse()),
  };
}

function lines(list: readonly string[]): string {
  return list.length === 0 ? '' : `${list.join('\n')}\n`;
}

async function runBatch(batch: Batch, options: RunOptions): Promise<void> {
  const line = ipCommandLine([familyFlag(batch.family), '-batch', '-'], options);
  const result = await runWhole(line, options, batch.input);
  if (result.exitCode === 0) return;
  const error = commandError(line, result);
  if (error.code === 'NET_IPROUTE_PERMISSION') throw error;
  const number = Number(/Command failed -:(\d+)/.exec(result.stderr)?.[1] ?? Number.NaN);
  throw new IprouteBatchError(
    {
      tool: `ip ${familyFlag(batch.family)} -batch`,
      line: Number.isNaN(number) ? undefined : number,
      text: batch.actions[number - 1]?.line,
      kernelMessage: kernelWords(result),
      rolledBack: false,
    },
    { cause: error },
  );
}

async function runNft(script: string, options: RunOptions): Promise<void> {
  const line = nftLine(['-f', '-'], options);
  const result = await runWhole(line, options, script);
  if (result.exitCode === 0) return;
  const error = commandError(line, result);
  if (error.code === 'NET_IPROUTE_PERMISSION') throw error;
  const number = Number(/(?:stdin|standard input|<cmdline>):(\d+):/.exec(result.stderr)?.[1] ?? Number.NaN);
  throw new IprouteBatchError(
    {
      tool: 'nft -f',
      line: Number.isNaN(number) ? undefined : number,
      text: Number.isNaN(number) ? undefined : script.split('\n')[number - 1]?.trim(),
      kernelMessage: kernelWords(result),
      rolledBack: false,
    },
    { cause: error },
  );
}

// Every inverse line of every batch that started runs: lines that never took effect fail with "not found",
// which -force passes over. No abort signal: once begun, the way back is walked to its end. The state is back
// when the same plan would be made again.
async function rollBack(
  started: readonly Batch[],
  plan: Plan,
  nftDone: boolean,
  options: RunOptions,
): Promise<boolean> {
  const unsignalled = { ...options, signal: undefined };
  try {
    if (nftDone && plan.nftAction !== undefined) await runNft(plan.nftAction.inverse, unsignalled);
    for (const batch of [...started].reverse()) {
      const line = ipCommandLine([familyFlag(batch.family), '-force', '-batch', '-'], unsignalled);
      await runWhole(line, unsignalled, batch.inverse);
    }
    const now = await observe({ ...unsignalled, nftTable: plan.ownership.nftTable });
    const again = describe(planChanges(now, plan.desired, plan.ownership)).sort();
    return again.join('\n') === describe(plan).sort().join('\n');
  } catch {
    return false;
  }
}

function withRollback(error: unknown, rolledBack: boolean): unknown {
  if (!(error instanceof IprouteBatchError)) return error;
  return new IprouteBatchError(
    {
      tool: error.message.split(/ line |:/)[0] ?? 'batch',
      line: error.line,
      text: error.text,
      kernelMessage: error.kernelMessage,
      rolledBack,
    },
    { cause: error.cause },
  );
}

function kernelWords(result: CommandResult): string {
  const words = result.stderr
    .split('\n')
    .map((text) => text.trim())
    .filter((text) => text !== '' && !text.startsWith('Command failed'))
    .join('; ');
  return words === '' ? `exit code ${result.exitCode ?? 'none'}` : words;
}

function conflictError(plan: Plan): IprouteError {
  const text = plan.conflicts.map((conflict) => `${conflict.what}: ${conflict.reason}`).join('; ');
  return new IprouteError('NET_IPROUTE_CONFLICT', `the plan has conflicts: ${text}`);
}

function describe(plan: Plan): string[] {
  const missing = [
    ...plan.actions.map((action) => action.line),
    ...plan.conflicts.map((conflict) => `${conflict.what}: ${conflict.reason}`),
  ];
  return plan.nftAction === undefined ? missing : [...missing, plan.nftAction.kind];
}

function familyFlag(family: Family): '-4' | '-6' {
  return family === 'inet' ? '-4' : '-6';
}
