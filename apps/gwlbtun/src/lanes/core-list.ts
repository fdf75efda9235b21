import { HandlerError } from '../errors.js';

/**
 * Reads a list of cores such as `1-2,4,7-8`, in its order.
 * @throws HandlerError `NET_GWLBTUN_OPTION` for anything else, a core named twice, or one above 1023.
 */
export function parseCoreList(text: string): number[] {
  const cores = text.split(',').flatMap((part) => {
    const match = /^\s*(\d{1,4})(?:\s*-\s*(\d{1,4}))?\s*$/.exec(part);
    if (!match) throw unusable(text, `${JSON.stringify(part)} is neither a core nor a range of cores`);
    const first = Number(match[1]);
    const last = Number(match[2] ?? match[1]);
    if (last < first) throw unusable(text, `the range ${part.trim()} runs backwards`);
    if (last > 1023) throw unusable(text, `there is no core ${last}`);
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });
  const twice = cores.find((core, index) => cores.indexOf(core) !== index);
  if (twice !== undefined) throw unusable(text, `core ${twice} is named twice`);
  return cores;
}

function unusable(text: string, reason: string): HandlerError {
  return new HandlerError('NET_GWLBTUN_OPTION', 2, `${JSON.stringify(text)} is no list of cores: ${reason}`, {
    hint: 'Write cores and ranges with commas between them, such as 1-2,4,7-8.',
  });
}
