/** One command of a console block and what the document says that it prints. */
export interface ConsoleStep {
  readonly command: string;
  /** Lines; one of `...` stands for any number of lines. */
  readonly expected: readonly string[];
}

/** Reads a block of commands behind `$ ` and their outputs; a command goes on after a backslash at the end of a line. */
export function consoleSteps(content: string): ConsoleStep[] {
  const steps: { command: string; expected: string[] }[] = [];
  for (const line of content.replace(/\n$/, '').split('\n')) {
    const last = steps.at(-1);
    if (line.startsWith('$ ')) steps.push({ command: line.slice(2), expected: [] });
    else if (last === undefined) throw new Error(`output before the first command: ${line}`);
    else if (last.expected.length === 0 && last.command.endsWith('\\')) last.command += `\n${line}`;
    else last.expected.push(line);
  }
  return steps;
}

/** Whether the lines are those that were expected. Empty lines at the end do not count. */
export function isExpectedOutput(output: string, expected: readonly string[]): boolean {
  const pattern = expected.map((line) =>
    line.trim() === '...' ? '(?:.*\n)*?' : `${line.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')}\n`,
  );
  return new RegExp(`^${pattern.join('')}$`).test(output.replace(/\n*$/, '\n').replace(/^\n$/, ''));
}
