export { type ReplayOptions, type ReplayResult, replayFiles } from './replay-files.js';
