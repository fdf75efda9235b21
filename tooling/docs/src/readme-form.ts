import type { Markdown } from './markdown.js';

/** What a package's README must tell, in this order; others may stand between. */
interface ReadmeSection {
  readonly called: RegExp;
  readonly isNeeded: (kind: PackageKind) => boolean;
}

export interface PackageKind {
  /** It is a tool of `apps/`. */
  readonly isApp: boolean;
  /** It calls AWS's API with an SDK client. */
  readonly callsAws: boolean;
}

const sections: readonly ReadmeSection[] = [
  { called: /^Examples?\b/, isNeeded: () => true },
  { called: /^(?:Commands|Options)$/, isNeeded: ({ isApp }) => isApp },
  { called: /^Exit codes$/, isNeeded: ({ isApp }) => isApp },
  { called: /^IAM polic(?:y|ies)$/, isNeeded: ({ isApp, callsAws }) => isApp && callsAws },
  { called: /^Limits$/, isNeeded: () => true },
];

/** What a package's README lacks of the form that all have. */
export function readmeComplaints(name: string, document: Markdown, kind: PackageKind): string[] {
  const [title, ...rest] = document.headings;
  const titles = rest.filter(({ depth }) => depth === 2).map(({ text }) => text);
  const complaints = title?.text === name ? [] : [`its title is not ${name}`];
  const needed = sections.filter(({ isNeeded }) => isNeeded(kind));
  for (const { called } of needed)
    if (!titles.some((each) => called.test(each))) complaints.push(`no section ${called.source}`);
  // Under a heading of its own, or right under the title.
  const isBeforeExamples = ({ line }: { readonly line: number }): boolean => {
    const example = rest.find(({ depth, text }) => depth === 2 && /^Example/.test(text));
    return titles.includes('Install') || example === undefined || line < example.line;
  };
  const installs = document.fences.filter(({ content }) => /npm install|npx /.test(content));
  if (!installs.some(isBeforeExamples)) complaints.push('does not say how to install it before its examples');
  return complaints;
}
