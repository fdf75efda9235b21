export { formatOfGroup } from './group-format.js';
export type { LogEvent } from './log-event.js';
export {
  type GroupCursor,
  type PollEnd,
  type PollOptions,
  type PolledPage,
  pollGroup,
} from './poll-group.js';
export { type ReadGroupOptions, readGroup } from './read-group.js';
export type { GroupSelection } from './read-slice.js';
export { scanEvents } from './scan-events.js';
export { FINGERPRINT_BYTES, SeenEvents, type SeenMinute } from './seen-events.js';
