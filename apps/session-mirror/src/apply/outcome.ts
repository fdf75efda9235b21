import type { MirrorAction } from '../plan/action.js';

/**
 * How an action ended.
 * - `done`
 * - `superseded`: somebody else had done it, or the thing is gone: the next look decides
 * - `refused`: EC2 will not have it (quota reached, type not supported, the interface is a target): a warning
 * - `failed`: an error
 * - `not-started`: the run was stopped before, or what it depended on failed
 */
export type Outcome = {
  readonly action: MirrorAction;
  /** One line. */
  readonly detail: string;
} & (
  | { readonly status: 'done'; readonly id: string }
  | { readonly status: 'superseded' | 'refused' | 'not-started' }
  | { readonly status: 'failed'; readonly error: unknown }
);

/** An action in words. */
export function actionWords(action: MirrorAction): string {
  switch (action.kind) {
    case 'create-filter':
      return 'create the filter';
    case 'complete-filter':
      return `complete the filter ${action.filterId}`;
    case 'create-session':
      return `mirror ${action.interfaceId} of ${action.name} to ${action.targetId} as number ${action.number}`;
    case 'modify-session':
      return `change ${action.sessionId} of ${action.interfaceId}`;
    case 'delete-session':
      return `delete ${action.sessionId} of ${action.interfaceId}`;
  }
}
