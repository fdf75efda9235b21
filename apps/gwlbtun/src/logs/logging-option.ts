import { HandlerError } from '../errors.js';

/** Parts of the handler that can be made more or less talkative, by the original's names. */
export const LOG_SECTIONS = ['core', 'udp', 'geneve', 'tunnel', 'healthcheck'] as const;
export type LogSection = (typeof LOG_SECTIONS)[number];

/** From the least to the most talkative, by the original's names. */
export const LOG_LEVELS = ['critical', 'important', 'info', 'debug', 'debugdetail'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export type LogLevels = Readonly<Record<LogSection, LogLevel>>;

/**
 * Reads `section=level,...`, case-insensitive; later parts win; `all` stands for every section. What is not named is
 * at `info`.
 * @throws HandlerError `NET_GWLBTUN_OPTION` for an unknown section or level.
 */
export function parseLogging(text: string | undefined): LogLevels {
  const levels: Record<LogSection, LogLevel> = {
    core: 'info',
    udp: 'info',
    geneve: 'info',
    tunnel: 'info',
    healthcheck: 'info',
  };
  for (const part of (text ?? '').split(',').filter((item) => item.trim() !== '')) {
    const match = /^\s*(\w+)\s*=\s*(\w+)\s*$/.exec(part.toLowerCase());
    const section = match?.[1];
    const level = LOG_LEVELS.find((name) => name === match?.[2]);
    const sections = section === 'all' ? LOG_SECTIONS : LOG_SECTIONS.filter((name) => name === section);
    if (!level || sections.length === 0)
      throw new HandlerError(
        'NET_GWLBTUN_OPTION',
        2,
        `--logging: ${JSON.stringify(part)} is not SECTION=LEVEL`,
        {
          hint: `Sections: ${LOG_SECTIONS.join(' ')} all. Levels: ${LOG_LEVELS.join(' ')}.`,
        },
      );
    for (const name of sections) levels[name] = level;
  }
  return levels;
}
