import { type ConsoleStep, consoleSteps } from './console-block.js';
import type { Markdown } from './markdown.js';

/** A program of a document with what it prints, by the block right behind it. */
export interface JsExample {
  readonly program: string;
  /** Name of the file that the commands run. */
  readonly file: string;
  readonly steps: readonly ConsoleStep[];
  readonly line: number;
}

/** JavaScript blocks that are followed by their output: as commands with `$ node FILE`, or as it is. */
export function jsExamples({ fences }: Markdown): JsExample[] {
  return fences.flatMap((fence, index) => {
    const next = fences[index + 1];
    if (fence.language !== 'js' || next?.language !== '') return [];
    const file = /^\$ (?:[A-Z_]+=\S+ )*node (\S+)/m.exec(next.content)?.[1] ?? 'example.mjs';
    const steps = next.content.startsWith('$ ')
      ? consoleSteps(next.content)
      : [{ command: `node ${file}`, expected: next.content.replace(/\n$/, '').split('\n') }];
    return [{ program: fence.content, file, steps, line: fence.line }];
  });
}
