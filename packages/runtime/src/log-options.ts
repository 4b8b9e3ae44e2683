export const logLevels = ['trace', 'debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof logLevels)[number];

/** `auto`: pretty where a person reads along, JSON lines where a program does. */
export const logFormats = ['auto', 'json', 'pretty'] as const;
export type LogFormat = (typeof logFormats)[number];

/** What a command that logs lets people choose, for the command line of each program. */
export const logOptions = [
  {
    flags: '--log-level <level>',
    description: 'least level that is logged',
    choices: logLevels,
    env: 'SLUIS_LOG_LEVEL',
    default: 'info',
  },
  {
    flags: '--log-format <format>',
    description: 'form of the log on stderr; auto: pretty on a terminal, else JSON lines',
    choices: logFormats,
    env: 'SLUIS_LOG_FORMAT',
    default: 'auto',
  },
] as const;
