import { existsSync } from 'node:fs';
import { join, posix } from 'node:path';
import { type Markdown, readMarkdown } from './markdown.js';
import { root, textOf } from './repository.js';

/** Links of the document at `path` that lead nowhere in the repository, each with why. Addresses elsewhere are not asked. */
export function brokenLinks(path: string, document: Markdown): string[] {
  return document.links.flatMap(({ target, line }) => {
    const why = problemOf(path, document, target);
    return why === undefined ? [] : [`${path}:${line} ${target}: ${why}`];
  });
}

function problemOf(path: string, document: Markdown, target: string): string | undefined {
  if (/^https:\/\/|^mailto:/.test(target)) return undefined;
  if (/^[a-z]+:/i.test(target)) return 'neither relative nor https';
  const [file = '', anchor] = target.split('#', 2);
  const place = file === '' ? path : posix.normalize(posix.join(posix.dirname(path), decodeURI(file)));
  if (place.startsWith('..') || !existsSync(join(root, place))) return `no ${place}`;
  if (anchor === undefined || !place.endsWith('.md')) return undefined;
  const { anchors } = place === path ? document : readMarkdown(textOf(place));
  return anchors.has(anchor) ? undefined : `no heading #${anchor} in ${place}`;
}
