import { type Command, type Context, defineCommand, dryRunOption, option } from '@net/cli';
import type { RunResult } from '../monitor/run-once.js';
import type { MonitorEvent } from '../monitor/events.js';
import { logEvents } from './log-events.js';
import type { OpenMonitor } from './open-monitor.js';
import { type WatchValues, watchOptions } from './options.js';
import { type PrintValues, printOptions } from './print-options.js';
import { printed } from './printed.js';
import { failureOf } from './run-errors.js';
import { explainText, showPlan, writePlan } from './show-plan.js';
import { toUserError } from './to-user-error.js';

/** One shot, as from cron: the original's behaviour, and the default. */
export const runCommand: Command = defineCommand({
  name: 'run',
  summary: 'Look once, heal what has to be healed, end (the default)',
  options: {
    ...watchOptions,
    dryRun: dryRunOption,
    dryRunApi: option.flag({
      describe: 'As --dry-run, and the API checks permissions and parameters; also --dry-run=api',
    }),
    ...printOptions,
  },
  examples: [
    {
      command: 'aws-route-mon -r rtb-1234abcd -i eni-45ef67ab -R ap-southeast-2 -L syslog',
      does: 'what cron runs each minute on a NAT instance',
    },
    {
      command: 'aws-route-mon --select tag:nat=auto -c 0.0.0.0/0,::/0 --fix-source-dest-check',
      does: 'the default routes of both families in every table with the tag',
    },
    { command: 'aws-route-mon -r rtb-1234abcd --dry-run', does: 'say what would be done and why' },
  ],
  handler: async (context) => {
    const { options } = context;
    const text = printed(options);
    if (text !== undefined) return say(context, text);
    const dryRun = options.dryRunApi ? 'api' : options.dryRun ? 'plan' : 'off';
    const result = await once(context, options, dryRun);
    const failure = failureOf(result);
    if (dryRun !== 'off' || context.json) {
      context.out.result({
        json: showPlan(result.plan, result.outcomes),
        text: () => writePlan(context.out, result.plan),
      });
    }
    // With a dry run what keeps a claim from being made is part of the answer, a table that is not there is not.
    if (failure && (dryRun === 'off' || failure.code === 'NET_ROUTE_MON_TABLE' || dryRun === 'api'))
      throw failure;
    if (dryRun === 'off' && !context.json && result.plan.decisions.every(({ verdict }) => isWell(verdict)))
      context.log.info('monitor.okay', 'okay: nothing to heal', { routes: result.plan.decisions.length });
    return 0;
  },
});

/** What `run` would do, without doing it. */
export const planCommand: Command = defineCommand({
  name: 'plan',
  summary: 'Say what run would do, and change nothing',
  options: { ...watchOptions, ...printOptions },
  examples: [{ command: 'aws-route-mon plan -r rtb-1234abcd --json', does: 'the plan as one JSON document' }],
  handler: (context) =>
    look(context, (result) => {
      writePlan(context.out, result.plan);
    }),
});

/** Evidence and decision of each route. */
export const explainCommand: Command = defineCommand({
  name: 'explain',
  summary: 'Show the evidence about each route and what follows from it',
  options: { ...watchOptions, ...printOptions },
  examples: [
    { command: 'aws-route-mon explain --select all -i auto', does: 'why each route is left alone or healed' },
  ],
  handler: (context) =>
    look(context, (result) => {
      context.out.text(explainText(result.plan));
    }),
});

async function look(
  context: Context<WatchValues & PrintValues>,
  write: (result: RunResult) => void,
): Promise<number> {
  const text = printed(context.options);
  if (text !== undefined) return say(context, text);
  const result = await once(context, context.options, 'plan');
  context.out.result({ json: showPlan(result.plan, result.outcomes), text: () => write(result) });
  const failure = failureOf(result);
  if (failure?.code === 'NET_ROUTE_MON_TABLE') throw failure;
  return 0;
}

async function once(
  context: Context<WatchValues>,
  values: WatchValues,
  dryRun: 'off' | 'plan' | 'api',
): Promise<RunResult> {
  const { signal, env, log } = context;
  const tell = logEvents(log);
  // A dry run says what it found as its output; the log would say it twice.
  const onEvent = (event: MonitorEvent): void => {
    if (dryRun === 'off' || event.kind === 'gap' || event.kind === 'outcome') tell(event);
  };
  let open: OpenMonitor | undefined;
  try {
    // A random wait decides when, not what: a plan shows what follows it.
    const jitter = values.jitter ?? (dryRun === 'off' ? undefined : { leastMs: 0, mostMs: 0 });
    // What --help does not need is loaded here.
    const [{ openMonitor }, { runOnce }] = await Promise.all([
      import('./open-monitor.js'),
      import('../monitor/run-once.js'),
    ]);
    open = await openMonitor({ ...values, jitter }, { mode: 'once', env, signal, onEvent });
    return await runOnce(open.monitor, { dryRun }, signal);
  } catch (error) {
    throw toUserError(error);
  } finally {
    open?.close();
  }
}

function say(context: Context<object>, text: string): number {
  context.out.text(text);
  return 0;
}

function isWell(verdict: string): boolean {
  return verdict === 'healthy' || verdict === 'ours' || verdict === 'leave';
}
