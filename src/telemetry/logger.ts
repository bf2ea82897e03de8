/** Structured logs. Info: state changed. Warn: someone should look. Error: work failed, logged once, where handled. */
import { createRequire } from 'node:module';
import type { DestinationStream, Logger as Pino } from 'pino';
import { textLine } from './text-line.js';

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';

/** Names of what a line is about; never row data or secrets. `err` is printed with its stack. */
export interface LogFields {
  readonly service?: string;
  readonly queryId?: string;
  readonly dataSource?: string;
  readonly segmentId?: string;
  readonly supervisorId?: string;
  readonly taskId?: string;
  readonly err?: unknown;
  readonly [field: string]: unknown;
}

export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** A logger whose lines all carry these fields. */
  child(fields: LogFields): Logger;
}

export interface LoggerOptions {
  readonly level: LogLevel;
  readonly format: 'json' | 'text';
  /** Takes whole lines; default: standard output. */
  readonly write?: (line: string) => void;
}

const SEVERITY: Readonly<Record<LogLevel, number>> = {
  trace: 10,
  debug: 20,
  info: 30,
  warn: 40,
  error: 50,
  fatal: 60,
  silent: 99,
};

/** The root logger of a process. Pino is loaded with the first line that is written. */
export function createLogger(options: LoggerOptions): Logger {
  let root: Pino | undefined;
  return new LazyLogger(options.level, () => (root ??= createPino(options)));
}

/** Writes nothing. */
export const silentLogger: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silentLogger,
};

class LazyLogger implements Logger {
  readonly #severity: number;
  readonly #level: LogLevel;
  readonly #make: () => Pino;
  #pino: Pino | undefined;

  constructor(level: LogLevel, make: () => Pino) {
    this.#level = level;
    this.#severity = SEVERITY[level];
    this.#make = make;
  }

  debug(message: string, fields?: LogFields): void {
    this.#log('debug', message, fields);
  }

  info(message: string, fields?: LogFields): void {
    this.#log('info', message, fields);
  }

  warn(message: string, fields?: LogFields): void {
    this.#log('warn', message, fields);
  }

  error(message: string, fields?: LogFields): void {
    this.#log('error', message, fields);
  }

  child(fields: LogFields): Logger {
    return new LazyLogger(this.#level, () => this.#loaded().child(fields));
  }

  #log(level: 'debug' | 'info' | 'warn' | 'error', message: string, fields: LogFields = {}): void {
    if (SEVERITY[level] < this.#severity) return;
    this.#loaded()[level](fields, message);
  }

  #loaded(): Pino {
    this.#pino ??= this.#make();
    return this.#pino;
  }
}

function createPino(options: LoggerOptions): Pino {
  // 15 ms that a process which logs nothing, such as a test, need not spend.
  const pino = createRequire(import.meta.url)('pino') as typeof import('pino').pino;
  return pino(
    {
      level: options.level,
      base: null,
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    destination(options),
  );
}

function destination(options: LoggerOptions): DestinationStream {
  const write = options.write ?? ((line: string) => void process.stdout.write(line));
  return options.format === 'json' ? { write } : { write: (line) => write(textLine(line)) };
}
