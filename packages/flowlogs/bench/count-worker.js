// A thread of bench/speed.js.
import { parentPort } from 'node:worker_threads';
import { transferablesOf } from '../dist/index.js';
import { countBlocks } from './count-blocks.js';

parentPort.on('message', ({ path, spec, counter }) => {
  const state = countBlocks(path, spec, counter).state();
  parentPort.postMessage(state, transferablesOf(state));
});
