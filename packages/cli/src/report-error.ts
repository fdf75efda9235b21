import { printable } from './output/text.js';
import type { Redactor } from './redact.js';

/** What an error means for the command line. */
export interface ErrorReport {
  readonly exitCode: number;
  /** What goes to stderr, with the last newline. */
  readonly text: string;
}

/**
 * Says an error in one line, `name: what. hint`, with the stack and the chain of causes when `debug` is set. Any
 * error may carry `exitCode` (1 to 255), `hint` and `code`; others end with exit code 1.
 */
export function reportError(
  name: string,
  error: unknown,
  options: { readonly debug: boolean; readonly redactor: Redactor },
): ErrorReport {
  const carried = typeof error === 'object' && error !== null ? (error as Record<string, unknown>) : {};
  const { exitCode: code, hint } = carried;
  const exitCode = typeof code === 'number' && Number.isInteger(code) && code >= 1 && code <= 255 ? code : 1;
  const what = printable(messageOf(error)).replace(/[\s.]+$/, '');
  const advice =
    exitCode === 2
      ? [typeof hint === 'string' ? hint : '', `Try '${name} --help'.`]
      : [typeof hint === 'string' ? hint : ''];
  const line = [`${name}: ${what}.`, ...advice.filter((text) => text !== '').map(sentence)].join(' ');
  const detail = options.debug ? `\n${stackOf(error)}` : '';
  return { exitCode, text: `${options.redactor.text(line + detail)}\n` };
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.message !== '') return error.message;
  if (error instanceof AggregateError && error.errors.length > 0) return messageOf(error.errors[0]);
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? code : error.name;
}

function sentence(text: string): string {
  return /[.?!]$/.test(text) ? printable(text) : `${printable(text)}.`;
}

function stackOf(error: unknown): string {
  const parts: string[] = [];
  let current: unknown = error;
  for (let depth = 0; depth < 10 && current !== undefined && current !== null; depth++) {
    if (current instanceof Error) {
      const { code } = current as { code?: unknown };
      const mark = typeof code === 'string' ? ` [${code}]` : '';
      const text = current.stack ?? `${current.name}: ${current.message}`;
      parts.push(`${depth === 0 ? '' : 'caused by: '}${text.replace(/$/m, mark)}`);
      current = current.cause;
    } else {
      parts.push(`caused by: ${JSON.stringify(current)}`);
      break;
    }
  }
  return parts.join('\n');
}
