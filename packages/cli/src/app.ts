import type { Context } from './context.js';
import { checkFlags } from './options/common-options.js';
import type { OptionValues, Options } from './options/option.js';

/** A line of `--help` that shows a use. */
export interface Example {
  readonly command: string;
  /** What it does, in a few words. */
  readonly does: string;
}

/** A command as the machinery sees it; made by {@link defineCommand}. */
export interface Command {
  readonly name: string;
  /** One line. */
  readonly summary: string;
  /** Paragraphs for the command's own help, after the usage. */
  readonly description?: string;
  readonly aliases?: readonly string[];
  readonly options: Options;
  /** Arguments without a flag, in order; the last may be repeatable. Their values join `context.options`. */
  readonly positionals: Options;
  readonly examples: readonly Example[];
  readonly hidden: boolean;
  readonly handler: (context: Context<Record<string, unknown>>) => Promise<number>;
}

export interface CommandDeclaration<O extends Options, P extends Options> {
  readonly name: string;
  readonly summary: string;
  readonly description?: string;
  readonly aliases?: readonly string[];
  readonly options?: O;
  readonly positionals?: P;
  readonly examples?: readonly Example[];
  readonly hidden?: boolean;
  /** Does the work; resolves to the exit code. */
  readonly handler: (context: Context<OptionValues<O> & OptionValues<P>>) => Promise<number>;
}

// eslint-disable-next-line @typescript-eslint/no-empty-object-type -- no options: no keys
type None = {};

/** Declares a command; the handler's `context.options` has the types of the declared options. */
export function defineCommand<O extends Options = None, P extends Options = None>(
  declaration: CommandDeclaration<O, P>,
): Command {
  return {
    options: {},
    positionals: {},
    examples: [],
    hidden: false,
    ...declaration,
    // The values handed over were decoded by these very declarations, so they have their types.
    handler: declaration.handler as unknown as Command['handler'],
  };
}

/** Changes to one of the options that every app has; `false` removes it. */
export type CommonChange =
  | false
  | {
      readonly short?: string | false;
      readonly long?: string;
      readonly hidden?: boolean;
      readonly aliases?: readonly string[];
    };

/** The options every app has, which it can rename, give a letter, or remove. */
export interface CommonChanges {
  readonly help?: Exclude<CommonChange, false>;
  readonly version?: CommonChange;
  readonly json?: CommonChange;
  readonly debug?: CommonChange;
  readonly quiet?: CommonChange;
  readonly config?: CommonChange;
  readonly printConfig?: CommonChange;
  readonly completion?: CommonChange;
  readonly loggingTo?: CommonChange;
  readonly color?: CommonChange;
}

/** An application as data. */
export interface App {
  /** The program's name, which is also its log tag. */
  readonly name: string;
  /** One line: what it is for. */
  readonly summary: string;
  readonly version: string;
  /** Prefix of its environment variables, such as `AWS_ROUTE_MON`. */
  readonly envPrefix: string;
  readonly commands: readonly Command[];
  /** The command that runs when none is named. Without it a command is required. */
  readonly defaultCommand?: string;
  readonly examples?: readonly Example[];
  /** Exit codes of the app's own, in addition to or in place of 0 to 3. */
  readonly exitCodes?: Readonly<Record<number, string>>;
  readonly common?: CommonChanges;
  /** Environment variables it reads besides its options, for `--help`: name and meaning. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Where to read on. */
  readonly docs?: string;
}

/**
 * Checks an app's declaration and gives it back. Throws a TypeError, for the author of the app, when two options
 * of a command claim the same flag, when a name is malformed, or when commands disagree about a shared flag.
 */
export function defineApp(app: App): App {
  const problem = (text: string): never => {
    throw new TypeError(`${app.name}: ${text}`);
  };
  if (!/^[A-Z][A-Z0-9_]*$/.test(app.envPrefix)) problem(`envPrefix ${app.envPrefix} is not UPPER_SNAKE_CASE`);
  const names = app.commands.flatMap((command) => [command.name, ...(command.aliases ?? [])]);
  if (new Set(names).size !== names.length) problem('two commands have the same name');
  if (app.defaultCommand !== undefined && !names.includes(app.defaultCommand)) {
    problem(`the default command ${app.defaultCommand} is not declared`);
  }
  for (const command of app.commands) {
    const shared = Object.keys(command.positionals).find((key) => key in command.options);
    if (shared !== undefined) problem(`${command.name}: ${shared} is an option and a positional`);
  }
  checkFlags(app);
  return app;
}
