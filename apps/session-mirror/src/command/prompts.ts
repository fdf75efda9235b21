import type { Context } from '@net/cli';
import { SessionMirrorError } from '../errors.js';

/** Questions to a person at a terminal. Each rejects when the person stops or the run is interrupted. */
export interface Prompts {
  intro(words: string): void;
  note(words: string): void;
  confirm(question: string, initial: boolean): Promise<boolean>;
  choose<T extends string>(
    question: string,
    choices: readonly { readonly value: T; readonly label: string; readonly hint?: string }[],
  ): Promise<T>;
  /** A line; `check` says what is wrong with it. */
  ask(question: string, check?: (text: string) => string | undefined): Promise<string>;
}

/**
 * Opens the terminal for questions.
 *
 * @param instead the options that say the same without a terminal
 * @throws {SessionMirrorError} NET_SESSION_MIRROR_TERMINAL when there is none
 */
export async function openPrompts({ signal, json }: Context<object>, instead: string): Promise<Prompts> {
  if (!process.stdin.isTTY || !process.stderr.isTTY || json) {
    throw new SessionMirrorError('NET_SESSION_MIRROR_TERMINAL', 'there is no terminal to ask questions at', {
      hint: `Say it with options: ${instead}.`,
    });
  }
  const clack = await import('@clack/prompts');
  // stdout is for data: questions go where the log goes.
  const output = process.stderr;
  const answered = <T>(answer: T): Exclude<T, symbol> => {
    if (clack.isCancel(answer)) {
      signal.throwIfAborted();
      throw new SessionMirrorError('NET_SESSION_MIRROR_TERMINAL', 'stopped; nothing more was changed');
    }
    return answer as Exclude<T, symbol>;
  };
  return {
    intro: (words) => clack.intro(words, { output }),
    note: (words) => clack.log.message(words, { output }),
    confirm: async (message, initialValue) =>
      answered(await clack.confirm({ message, initialValue, output, signal })),
    choose: async (message, choices) =>
      answered(
        await clack.select<string>({
          message,
          options: choices.map(({ value, label, hint }) => ({
            value,
            label,
            ...(hint === undefined ? {} : { hint }),
          })),
          output,
          signal,
        }),
      ) as (typeof choices)[number]['value'],
    ask: async (message, check) =>
      answered(
        await clack.text({
          message,
          output,
          signal,
          validate: (text) => check?.(text ?? ''),
        }),
      ),
  };
}
