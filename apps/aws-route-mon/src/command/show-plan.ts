import type { Column, Output } from '@net/cli';
import type { Outcome } from '../apply/outcome.js';
import { isRouteAction } from '../decide/action.js';
import type { Decision } from '../decide/decide-route.js';
import type { Plan } from '../decide/plan.js';
import { describeTarget } from '../model/route-table.js';
import { inWords } from './log-events.js';

/** The plan as `--json` prints it: plain data, everything in it said once. */
export interface ShownPlan {
  readonly takenAt: string;
  readonly actions: readonly {
    readonly kind: string;
    readonly routeTable?: string;
    readonly destination?: string;
    readonly from?: string;
    readonly to?: string;
    readonly interface?: string;
    readonly because?: string;
    readonly reason: string;
  }[];
  readonly routes: readonly {
    readonly routeTable: string;
    readonly destination: string;
    readonly target: string | undefined;
    readonly state: string | undefined;
    readonly verdict: string;
    readonly reason: string;
    readonly evidence: Readonly<Record<string, string>>;
    readonly obstacles: readonly string[];
  }[];
  readonly outcomes: readonly { readonly action: string; readonly status: string; readonly detail: string }[];
}

export function showPlan(plan: Plan, outcomes: readonly Outcome[] = []): ShownPlan {
  return {
    takenAt: new Date(plan.takenAtMs).toISOString(),
    actions: plan.actions.map((action) =>
      isRouteAction(action)
        ? {
            kind: action.kind,
            routeTable: action.tableId,
            destination: action.destination.value,
            ...(action.from === undefined ? {} : { from: action.from.id }),
            to: action.to.id,
            because: action.because,
            reason: action.reason,
          }
        : { kind: action.kind, interface: action.interfaceId, reason: action.reason },
    ),
    routes: plan.decisions.map((decision) => ({
      routeTable: decision.tableId,
      destination: decision.destination.value,
      target: decision.target?.id,
      state: decision.state,
      verdict: decision.verdict,
      reason: decision.reason,
      evidence: Object.fromEntries(decision.evidence.map(({ signal, reading }) => [signal, reading])),
      obstacles: decision.obstacles.map(({ detail }) => detail),
    })),
    outcomes: outcomes.map(({ action, status, detail }) => ({ action: inWords(action), status, detail })),
  };
}

/** The plan for people: what would be done, then what was decided about each route. */
export function writePlan(out: Output, plan: Plan): void {
  if (plan.actions.length === 0) out.line('Nothing to do.');
  for (const action of plan.actions) out.line(`${inWords(action)}: ${action.reason}`);
  out.line();
  out.table(plan.decisions, columns);
}

const columns: readonly Column<Decision>[] = [
  { title: 'TABLE', value: ({ tableId }) => tableId, canShrink: false },
  { title: 'DESTINATION', value: ({ destination }) => destination.value, canShrink: false },
  { title: 'TARGET', value: ({ target }) => target?.id },
  { title: 'STATE', value: ({ state }) => state },
  { title: 'VERDICT', value: ({ verdict }) => verdict, canShrink: false },
  { title: 'REASON', value: ({ reason }) => reason },
];

/** Each route with the evidence and the obstacles that its decision rests on. */
export function explainText(plan: Plan): string {
  return plan.decisions
    .map((decision) =>
      [
        `${decision.destination.value} of ${decision.tableId}: ${decision.verdict}`,
        `  leads to    ${decision.target === undefined ? 'nowhere' : describeTarget(decision.target)}${decision.state === undefined ? '' : `, state ${decision.state}`}`,
        ...decision.evidence.map(
          ({ signal, reading, detail }) => `  ${signal.padEnd(11)} ${reading}: ${detail}`,
        ),
        ...decision.obstacles.map(({ detail }) => `  obstacle    ${detail}`),
        `  therefore   ${decision.reason}`,
        '',
      ].join('\n'),
    )
    .join('\n');
}
