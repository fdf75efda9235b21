import { setTimeout as sleep } from 'node:timers/promises';

import { type Command, type Context, defineCommand, type OptionValues, option } from '@net/cli';
import { isEmptyPlan } from '@net/iproute';

import { confirmPending, takeBack, type WatchdogCommand } from '../confirm.js';
import type { Host } from '../host.js';
import { withLock } from '../lock.js';
import { readPending } from '../pending.js';
import { flush, readHost, reconcile, type ReconcileResult } from '../reconcile.js';
import { removeTableNames, writeTableNames } from '../table-names.js';
import { hostOf, hostOptions } from './options.js';
import { count, planJson, printPlan, readingJson } from './print.js';

const applyOptions = {
  ...hostOptions,
  flush: option.flag({ short: 'f', describe: 'Only remove what is ours, as the command flush', file: false }),
  dryRun: option.flag({ describe: 'Print the plan and change nothing, as the command plan', file: false }),
  confirmWithin: option.duration({
    describe: 'Take the change back after this time unless confirmed',
    placeholder: 'TIME',
    min: 1000,
    max: 3_600_000,
    bareUnit: 's',
  }),
  removalReadings: option.integer({
    describe: 'Readings in a row that must agree before something is removed',
    default: 3,
    min: 1,
    max: 100,
  }),
  removalInterval: option.duration({
    describe: 'Time between these readings',
    default: 1000,
    min: 0,
    max: 600_000,
  }),
  tableNames: option.flag({ describe: 'Name the tables in /etc/iproute2/rt_tables.d' }),
} as const;

/** `apply`: brings the host to the wanted state. */
export const applyCommand: Command = defineCommand({
  name: 'apply',
  summary: 'Bring routes and rules to the wanted state (the default)',
  options: applyOptions,
  examples: [
    { command: 'multi-eni-routing', does: 'apply, with everything found out by itself' },
    { command: 'multi-eni-routing apply --confirm-within 60s', does: 'come back unless confirmed' },
    { command: 'multi-eni-routing -f', does: 'remove what is ours and nothing else' },
  ],
  handler: async (context) => {
    const { options } = context;
    const host = hostOf(options);
    if (options.flush) return await runFlush(context, host);
    if (options.dryRun) return await runPlan(context, host);
    return await runApply(context, host);
  },
});

/** `plan`: what apply would do. */
export const planCommand: Command = defineCommand({
  name: 'plan',
  summary: 'Print what apply would do; needs no privilege',
  options: hostOptions,
  handler: (context) => runPlan(context, hostOf(context.options)),
});

/** `flush`: removes what is ours. */
export const flushCommand: Command = defineCommand({
  name: 'flush',
  summary: 'Remove what is ours and nothing else',
  options: hostOptions,
  handler: (context) => runFlush(context, hostOf(context.options)),
});

async function runPlan(context: Context<unknown>, host: Host): Promise<number> {
  const { out } = context;
  const reading = await readHost(host, { needed: 1, history: new Map() }, context.signal);
  for (const note of reading.notes) context.log.warn('source.note', note);
  out.result({
    json: readingJson(reading),
    text: () => {
      printPlan(out, reading.plan);
      if (isEmptyPlan(reading.plan)) out.line('nothing to do');
    },
  });
  return exitCode(reading.interfaces.length, isEmptyPlan(reading.plan));
}

async function runFlush(context: Context<unknown>, host: Host): Promise<number> {
  const { out } = context;
  const plan = await flush(host, context.signal);
  if (host.run.namespace === undefined) removeTableNames();
  out.result({
    json: { schemaVersion: 1, ...(planJson(plan) as Record<string, unknown>) },
    text: () => out.line(`removed ${count(plan.actions.length + (plan.nftAction ? 1 : 0), 'item')}`),
  });
  return 0;
}

async function runApply(context: Context<OptionValues<typeof applyOptions>>, host: Host): Promise<number> {
  const { options, out, log, signal } = context;
  const confirmWithin =
    options.confirmWithin === undefined
      ? undefined
      : { seconds: options.confirmWithin / 1000, watchdog: watchdogCommand() };
  let result: ReconcileResult | undefined;
  for (let round = 1; round <= options.removalReadings; round++) {
    result = await reconcile(host, {
      history: result?.reading.history ?? new Map(),
      needed: options.removalReadings,
      signal,
      // What follows are removals that were only waiting: they belong to the same change.
      confirmWithin: result?.pending === undefined ? confirmWithin : undefined,
    });
    if (
      result.pending !== undefined ||
      result.reading.held.length === 0 ||
      !result.reading.facts.authoritative
    )
      break;
    if (round < options.removalReadings) await sleep(options.removalInterval, undefined, { signal });
  }
  if (result === undefined) return 0;
  const { reading, pending } = result;
  for (const note of reading.notes) log.warn('source.note', note);
  if (reading.held.length > 0)
    log.warn(
      'removal.held',
      `${count(reading.held.length, 'removal')} not confirmed by the source and left in place`,
    );
  if (options.tableNames && host.run.namespace === undefined) writeTableNames(reading.interfaces);
  out.result({
    json: { ...readingJson(reading), changed: result.changed, confirmWithinSeconds: pending?.withinSeconds },
    text: () => {
      printPlan(out, reading.plan);
      if (!result.changed && reading.interfaces.length < 2)
        out.line('fewer than two interfaces: no actions needed');
      else out.line(result.changed ? `${count(actions(reading.plan), 'change')} applied` : '0 changes');
    },
  });
  if (pending !== undefined) await askForConfirmation(context, host, pending.withinSeconds);
  return exitCode(reading.interfaces.length, !result.changed && reading.held.length === 0);
}

// On a terminal a key keeps the change; everywhere else the command confirm does.
async function askForConfirmation(context: Context<unknown>, host: Host, seconds: number): Promise<void> {
  const { stdin, out, log, signal } = context;
  const isTerminal = (stdin as { readonly isTTY?: boolean }).isTTY === true;
  if (!isTerminal || out.isJson) {
    log.warn('confirm.wait', `taken back in ${seconds} s unless confirmed: multi-eni-routing confirm`);
    return;
  }
  out.line(`Press Enter within ${seconds} s to keep the change; Ctrl-C takes it back now.`);
  const { createInterface } = await import('node:readline');
  const answered = new AbortController();
  const reader = createInterface({ input: stdin });
  const enter = new Promise<'enter'>((resolve) => {
    reader.once('line', () => resolve('enter'));
  });
  const late = sleep(seconds * 1000, 'late' as const, {
    signal: AbortSignal.any([signal, answered.signal]),
  }).catch(() => 'stopped' as const);
  const how = await Promise.race([enter, late]);
  answered.abort();
  reader.close();
  if (how === 'late') {
    out.line('not confirmed: taken back');
    return;
  }
  const done = await withLock(host.stateDirectory, () =>
    how === 'enter'
      ? Promise.resolve(confirmPending(host.stateDirectory))
      : takeBack(host.stateDirectory, undefined),
  );
  if (how === 'enter') out.line(done ? 'kept' : 'too late: it was taken back already');
  else out.line('taken back');
}

/** `confirm`: keeps an unconfirmed change. */
export const confirmCommand: Command = defineCommand({
  name: 'confirm',
  summary: 'Keep the change of apply --confirm-within',
  options: hostOptions,
  handler: async ({ options, out }) => {
    const { stateDirectory } = hostOf(options);
    const done = await withLock(stateDirectory, () => Promise.resolve(confirmPending(stateDirectory)));
    out.result({
      json: { schemaVersion: 1, confirmed: done },
      text: () => out.line(done ? 'kept' : 'no change waits for a confirmation'),
    });
    return done ? 0 : 1;
  },
});

/** `rollback`: takes an unconfirmed change back now. */
export const rollbackCommand: Command = defineCommand({
  name: 'rollback',
  summary: 'Take the change of apply --confirm-within back now',
  options: hostOptions,
  handler: async ({ options, out }) => {
    const host = hostOf(options);
    const waiting = readPending(host.stateDirectory) !== undefined;
    const done =
      waiting &&
      (await withLock(host.stateDirectory, () => takeBack(host.stateDirectory, undefined, host.run)));
    out.result({
      json: { schemaVersion: 1, rolledBack: done },
      text: () => out.line(done ? 'taken back' : 'no change waits for a confirmation'),
    });
    return done ? 0 : 1;
  },
});

function watchdogCommand(): WatchdogCommand {
  return [process.execPath, process.argv[1] ?? '', 'watchdog'];
}

function actions(plan: ReconcileResult['reading']['plan']): number {
  return plan.actions.length + (plan.nftAction === undefined ? 0 : 1);
}

// 2 is the original's "only one network interface detected".
function exitCode(interfaces: number, nothingToDo: boolean): number {
  return interfaces < 2 && nothingToDo ? 2 : 0;
}
