import type { Action } from '../decide/action.js';

/**
 * How an action ended. `done`: written and read back. `unverified`: written, but reads do not show it yet.
 * `stood-down`: not needed any more, or another claimant has won. `expired`: its turn was over before it was begun.
 * `dry-run`: the API said that it would work. `not-started`: this monitor was stopped first, or what it depends on
 * failed.
 */
export type Outcome =
  | {
      readonly action: Action;
      readonly status: 'done' | 'unverified';
      readonly atMs: number;
      readonly detail: string;
    }
  | {
      readonly action: Action;
      readonly status: 'stood-down' | 'expired' | 'dry-run';
      readonly detail: string;
    }
  | { readonly action: Action; readonly status: 'failed'; readonly detail: string; readonly error: unknown }
  | { readonly action: Action; readonly status: 'not-started'; readonly detail: string };

/** Whether a write was made that this monitor has to remember. */
export function isWritten(outcome: Outcome): outcome is Extract<Outcome, { readonly atMs: number }> {
  return outcome.status === 'done' || outcome.status === 'unverified';
}
