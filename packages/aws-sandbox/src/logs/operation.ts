import type { Operation, OperationContext } from '../service/definition.js';
import { takeToken } from './quotas.js';
import type { LogsState } from './state.js';
import { logsServiceId } from './service-id.js';

export type LogsContext = OperationContext<LogsState>;

/** An operation that draws on its rate before anything else. */
export function rated<Input, Output extends object>(
  action: string,
  operation: Operation<LogsState, Input, Output>,
): Operation<LogsState, Input, Output> {
  return {
    ...operation,
    run: (context, input) => {
      // A stale read sees the past, but its rate is the present's.
      const state = context.world.stateOf(logsServiceId, context) as LogsState;
      takeToken(state, action, context.region, context.world.clock.now());
      return operation.run(context, input);
    },
  };
}
