import { parentPort, workerData } from 'node:worker_threads';
import { Aggregation } from '../aggregate/aggregation.js';
import { transferablesOf } from '../aggregate/state.js';
import { readLogFile } from '../file/read-file.js';
import { LogFormat } from '../format/log-format.js';
import type { RejectedLine } from '../scan/rejects.js';
import type { FromWorker, ToWorker, WorkerData } from './task.js';

const { spec, maxRejects } = workerData as WorkerData;
const aggregation = new Aggregation(spec);
let told = 0;

function say(message: FromWorker, transfer: ArrayBuffer[] = []): void {
  parentPort?.postMessage(message, transfer);
}

async function work({ index, task }: Extract<ToWorker, { kind: 'task' }>): Promise<void> {
  const { file, range, format } = task;
  const rejected: RejectedLine[] = [];
  try {
    const { counters, formatKey } = await readLogFile(
      file,
      {
        columns: aggregation.columns,
        inThread: true,
        ...(range === undefined ? {} : { range }),
        ...(format === undefined ? {} : { format: LogFormat.parse(format) }),
        onReject: (line) => {
          if (told++ < maxRejects) rejected.push(line);
        },
      },
      (batch) => aggregation.add(batch),
    );
    say({ kind: 'done', index, counters, rejected, formatKey });
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    say({ kind: 'failed', index, code, message });
  }
}

parentPort?.on('message', (message: ToWorker) => {
  if (message.kind === 'task') {
    void work(message);
    return;
  }
  const state = aggregation.state();
  say({ kind: 'state', state }, transferablesOf(state));
  parentPort?.close();
});
say({ kind: 'ready' });
