import { Worker } from 'node:worker_threads';
import type { AggregationSpec } from '../aggregate/aggregation.js';
import type { AggregationState } from '../aggregate/state.js';
import { FlowLogsError, type FlowLogsErrorCode } from '../errors.js';
import type { DoneTask } from './plan-tasks.js';
import type { FromWorker, Task, ToWorker, WorkerData } from './task.js';

export interface RunOptions {
  readonly workers: number;
  readonly heapMib: number | undefined;
  readonly signal: AbortSignal | undefined;
  readonly onDone: (index: number, done: DoneTask) => void;
  readonly onState: (state: AggregationState) => void;
}

/** Works tasks off in threads, in the given order. Ends every thread, also when it fails. */
export async function runTasks(
  tasks: readonly Task[],
  order: readonly number[],
  spec: AggregationSpec,
  options: RunOptions,
): Promise<void> {
  const { signal } = options;
  signal?.throwIfAborted();
  const workers: Worker[] = [];
  const stop = (): void => {
    for (const worker of workers) void worker.terminate();
  };
  signal?.addEventListener('abort', stop, { once: true });
  const waiting = order.values();
  const next = (): ToWorker => {
    const { value: index, done } = waiting.next();
    return done === true ? { kind: 'finish' } : { kind: 'task', index, task: tasks[index]! };
  };
  try {
    await Promise.all(
      Array.from({ length: options.workers }, async () => {
        const worker = startWorker(spec, options.heapMib);
        workers.push(worker);
        await serve(worker, next, options);
      }),
    );
  } finally {
    signal?.removeEventListener('abort', stop);
    stop();
  }
}

function startWorker(spec: AggregationSpec, heapMib: number | undefined): Worker {
  const workerData: WorkerData = { spec, maxRejects: 1_000 };
  return new Worker(new URL('./worker.js', import.meta.url), {
    workerData,
    ...(heapMib === undefined ? {} : { resourceLimits: { maxOldGenerationSizeMb: heapMib } }),
  });
}

/** Gives a worker tasks until there are none, and resolves when its state has come. */
async function serve(worker: Worker, next: () => ToWorker, options: RunOptions): Promise<void> {
  const { signal } = options;
  await new Promise<void>((resolve, reject) => {
    const give = (): void => {
      worker.postMessage(next());
    };
    worker.on('message', (message: FromWorker) => {
      try {
        switch (message.kind) {
          case 'ready':
            give();
            break;
          case 'done':
            options.onDone(message.index, message);
            give();
            break;
          case 'failed':
            reject(new FlowLogsError(codeOf(message.code), message.message));
            break;
          case 'state':
            options.onState(message.state);
            resolve();
        }
      } catch (error) {
        reject(error instanceof Error ? error : new Error(String(error)));
      }
    });
    worker.on('error', (error) => {
      const text = `a worker ended: ${error.message}`;
      reject(
        error instanceof FlowLogsError
          ? error
          : new FlowLogsError('NET_FLOWLOGS_WORKER', text, { cause: error }),
      );
    });
    // After its state the promise is settled and this says nothing.
    worker.on('exit', (code) => {
      if (signal?.aborted === true) reject(signal.reason as Error);
      else
        reject(
          new FlowLogsError('NET_FLOWLOGS_WORKER', `a worker ended with ${code} before it had answered`),
        );
    });
  });
}

function codeOf(code: string | undefined): FlowLogsErrorCode {
  return code?.startsWith('NET_FLOWLOGS_') === true ? (code as FlowLogsErrorCode) : 'NET_FLOWLOGS_WORKER';
}
