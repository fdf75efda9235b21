import { parse } from 'yaml';

/** An action that a workflow uses. */
export interface ActionUse {
  readonly name: string;
  readonly reference: string;
  /** The release that the commit is, from the comment behind it. */
  readonly release: string | undefined;
}

/** Every `uses:` of a workflow, and whether its YAML can be read at all (throws where not). */
export function workflowActions(text: string): ActionUse[] {
  parse(text);
  return [...text.matchAll(/^\s*(?:- )?uses:\s*([^\s@]+)@(\S+)(?:\s+#\s*(\S+))?\s*$/gm)].map((match) => ({
    name: match[1]!,
    reference: match[2]!,
    release: match[3],
  }));
}

/** Whether the reference is a whole commit: a tag or branch can be moved to other code, a commit cannot. */
export function isPinned({ name, reference }: ActionUse): boolean {
  return name.startsWith('./') || /^[0-9a-f]{40}$/.test(reference);
}
