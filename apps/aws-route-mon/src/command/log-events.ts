import type { Log } from '@net/cli';
import type { Outcome } from '../apply/outcome.js';
import { type Action, isRouteAction } from '../decide/action.js';
import type { Decision } from '../decide/decide-route.js';
import type { MonitorEvent, OnEvent } from '../monitor/events.js';

/** Writes what a monitor tells as structured log events with stable names; what is no news at level debug. */
export function logEvents(log: Log): OnEvent {
  return (event) => {
    switch (event.kind) {
      case 'decision':
        logDecision(log, event.decision, event.isNews);
        return;
      case 'write':
        log.info('route.write', `${inWords(event.action)}: ${event.action.reason}`, fieldsOf(event.action));
        return;
      case 'outcome':
        logOutcome(log, event.outcome);
        return;
      case 'pass':
        log.debug('monitor.pass', `looked at ${event.plan.decisions.length} routes`, {
          seconds: event.durationMs / 1000,
          suspicious: event.plan.isSuspicious,
        });
        return;
      case 'failed-pass':
        log.error('monitor.pass-failed', textOf(event.error), { failures: event.failures });
        return;
      case 'gap':
        log.warn('monitor.gap', `goes on without ${event.what}: ${textOf(event.error)}`, {
          what: event.what,
        });
        return;
      case 'hook':
        log[event.ok ? 'info' : 'error']('monitor.hook', event.detail, { hook: event.hook, ok: event.ok });
        return;
      case 'leaving':
        log.info('monitor.leaving', leavingText(event), { routes: event.actions.length });
        return;
      case 'staying':
        log.info('monitor.staying', 'the reason to leave is gone: takes part again');
        return;
    }
  };
}

/** An action in words: `points 0.0.0.0/0 of rtb-1 at eni-2`. */
export function inWords(action: Action): string {
  if (!isRouteAction(action)) return `turns the source/dest check of ${action.interfaceId} off`;
  const verb = action.kind === 'create-route' ? 'creates' : 'points';
  return `${verb} ${action.destination.value} of ${action.tableId} ${action.kind === 'create-route' ? 'to' : 'at'} ${action.to.id}`;
}

function logDecision(log: Log, decision: Decision, isNews: boolean): void {
  const isBad =
    decision.verdict === 'not-ready' || decision.verdict === 'ours-broken' || decision.verdict === 'held';
  const level = isNews ? (isBad ? 'warn' : 'info') : 'debug';
  if (!log.isEnabled(level)) return;
  log[level](
    `route.${decision.verdict}`,
    `${decision.destination.value} of ${decision.tableId}: ${decision.reason}`,
    {
      routeTable: decision.tableId,
      destination: decision.destination.value,
      target: decision.target?.id,
      state: decision.state,
      evidence: Object.fromEntries(decision.evidence.map(({ signal, reading }) => [signal, reading])),
    },
  );
}

function logOutcome(log: Log, outcome: Outcome): void {
  const { action, status, detail } = outcome;
  const level =
    status === 'failed' ? 'error' : status === 'unverified' || status === 'not-started' ? 'warn' : 'info';
  const done = isRouteAction(action)
    ? action.because === 'release'
      ? 'route.released'
      : 'route.claimed'
    : 'interface.check-disabled';
  log[level](status === 'done' ? done : `route.${status}`, `${inWords(action)}: ${detail}`, fieldsOf(action));
}

function fieldsOf(action: Action): Readonly<Record<string, unknown>> {
  if (!isRouteAction(action)) return { interface: action.interfaceId };
  return {
    routeTable: action.tableId,
    destination: action.destination.value,
    from: action.from?.id,
    to: action.to.id,
    because: action.because,
  };
}

function leavingText({ reason, actions }: Extract<MonitorEvent, { kind: 'leaving' }>): string {
  if (actions.length === 0) return `${reason}: claims nothing any more, and there is nothing to hand over`;
  return `${reason}: hands ${actions.length} ${actions.length === 1 ? 'route' : 'routes'} over`;
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
