/** What a stage may use to speak; every line goes to standard output. */
export interface Narrator {
  /** One step: what happens now. */
  step(text: string): void;
  /** One finding or figure, below the step. */
  detail(text: string): void;
}

/** One tool at work. */
export interface Stage {
  readonly tool: string;
  readonly purpose: string;
  /** What a user types for the real thing. */
  readonly command: string;
  run(narrator: Narrator, signal: AbortSignal): Promise<void>;
}

/** Thrown when a stage did not show what it promises; the tour ends with exit code 1. */
export class StageError extends Error {
  readonly code = 'NET_TOUR_STAGE';
  override readonly name = 'StageError';
}

/** Whether this process may make network namespaces. */
export function isRoot(): boolean {
  return process.getuid?.() === 0;
}
