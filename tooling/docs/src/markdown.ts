import GithubSlugger from 'github-slugger';
import MarkdownIt from 'markdown-it';

/** A block of code between fences. */
export interface Fence {
  /** The word behind the fence, such as `sh`; '' without one. */
  readonly language: string;
  readonly content: string;
  /** Of the opening fence, from 1. */
  readonly line: number;
  /** `<!-- runnable -->` stands right before it. */
  readonly isRunnable: boolean;
}

/** What a document says, as far as it can be held to something. */
export interface Markdown {
  readonly headings: readonly { readonly depth: number; readonly text: string; readonly line: number }[];
  /** Anchors that GitHub makes, and those that are there as HTML. */
  readonly anchors: ReadonlySet<string>;
  /** Targets of links and images. */
  readonly links: readonly { readonly target: string; readonly line: number }[];
  readonly fences: readonly Fence[];
  /** Code in running text. */
  readonly spans: readonly { readonly text: string; readonly line: number }[];
}

/** Reads a document as GitHub would. */
export function readMarkdown(text: string): Markdown {
  const tokens = new MarkdownIt({ html: true }).parse(text, {});
  const slugger = new GithubSlugger();
  const headings: { depth: number; text: string; line: number }[] = [];
  const anchors = new Set<string>();
  const links: { target: string; line: number }[] = [];
  const fences: Fence[] = [];
  const spans: { text: string; line: number }[] = [];
  let line = 1;
  for (const [index, token] of tokens.entries()) {
    if (token.map) line = token.map[0] + 1;
    if (token.type === 'heading_open') {
      const inline = tokens[index + 1]?.children ?? [];
      const words = inline
        .map((child) => (/^(?:text|code_inline)$/.test(child.type) ? child.content : ''))
        .join('');
      headings.push({ depth: Number(token.tag.slice(1)), text: words, line });
      anchors.add(slugger.slug(words));
    } else if (token.type === 'fence') {
      const before = tokens[index - 1];
      const isRunnable = before?.type === 'html_block' && before.content.trim() === '<!-- runnable -->';
      fences.push({ language: token.info.trim(), content: token.content, line, isRunnable });
    }
    for (const html of [token, ...(token.children ?? [])].filter(({ type }) => type.startsWith('html')))
      for (const [, id] of html.content.matchAll(/(?:id|name)="([^"]+)"/g)) anchors.add(id!);
    for (const child of token.children ?? []) {
      const target = child.attrGet('href') ?? child.attrGet('src');
      if (target !== null) links.push({ target, line });
      if (child.type === 'code_inline') spans.push({ text: child.content, line });
    }
  }
  return { headings, anchors, links, fences, spans };
}
