import type { Outcome } from '../apply/outcome.js';
import type { Action, RouteAction } from '../decide/action.js';
import type { Decision } from '../decide/decide-route.js';
import type { Plan } from '../decide/plan.js';

/** What a monitor tells while it works; `atMs` is by its clock. */
export type MonitorEvent =
  /** What was decided about a route; `isNews` when verdict or target differ from the pass before. */
  | {
      readonly kind: 'decision';
      readonly atMs: number;
      readonly decision: Decision;
      readonly isNews: boolean;
    }
  /** A write is about to be sent. */
  | { readonly kind: 'write'; readonly atMs: number; readonly action: Action }
  | { readonly kind: 'outcome'; readonly atMs: number; readonly outcome: Outcome }
  | {
      readonly kind: 'pass';
      readonly atMs: number;
      readonly durationMs: number;
      readonly plan: Plan;
      readonly outcomes: readonly Outcome[];
    }
  /** A pass that could not be finished; the next one tries again. */
  | {
      readonly kind: 'failed-pass';
      readonly atMs: number;
      readonly error: unknown;
      readonly failures: number;
    }
  /** Something could not be read without which it goes on. */
  | {
      readonly kind: 'gap';
      readonly atMs: number;
      readonly what: 'peers' | 'status-checks' | 'owners' | 'notices' | 'lifecycle';
      readonly error: unknown;
    }
  | {
      readonly kind: 'hook';
      readonly atMs: number;
      readonly hook: string;
      readonly ok: boolean;
      readonly detail: string;
    }
  /** This monitor hands its routes over. */
  | {
      readonly kind: 'leaving';
      readonly atMs: number;
      readonly reason: string;
      readonly actions: readonly RouteAction[];
    }
  /** The reason to leave is gone. */
  | { readonly kind: 'staying'; readonly atMs: number };

export type OnEvent = (event: MonitorEvent) => void;
