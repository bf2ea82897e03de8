/** Who should act on an error. @source Druid `error/DruidException.java` */
export type Persona = 'USER' | 'ADMIN' | 'OPERATOR' | 'DEVELOPER';

/** What kind of error it is; decides the HTTP status. @source Druid `error/DruidException.java` */
export type ErrorCategory =
  | 'DEFENSIVE'
  | 'INVALID_INPUT'
  | 'UNAUTHORIZED'
  | 'FORBIDDEN'
  | 'NOT_FOUND'
  | 'CONFLICT'
  | 'CAPACITY_EXCEEDED'
  | 'CANCELED'
  | 'RUNTIME_FAILURE'
  | 'SERVICE_UNAVAILABLE'
  | 'TIMEOUT'
  | 'UNSUPPORTED'
  | 'UNCATEGORIZED';

export interface DruidErrorOptions {
  readonly persona?: Persona;
  readonly category: ErrorCategory;
  /** Druid's `errorCode`, e.g. `invalidInput`, `general`, `notFound`. */
  readonly errorCode?: string;
  readonly context?: Readonly<Record<string, string>>;
  readonly cause?: unknown;
  /**
   * Set when Druid answers this mistake in its legacy envelope: the text of its `error` field
   * (`Query timeout`, `Unknown exception`, …), with the Java class it reports as `errorClass`.
   */
  readonly legacy?: { readonly error: string; readonly errorClass: string | null; readonly host?: string | null };
}

const STATUS: Readonly<Record<ErrorCategory, number>> = {
  DEFENSIVE: 500,
  INVALID_INPUT: 400,
  UNAUTHORIZED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  CONFLICT: 409,
  CAPACITY_EXCEEDED: 429,
  CANCELED: 500,
  RUNTIME_FAILURE: 500,
  SERVICE_UNAVAILABLE: 503,
  TIMEOUT: 504,
  UNSUPPORTED: 501,
  UNCATEGORIZED: 500,
};

/** An error meant for people; only `server/` turns it into a body. Never caught to steer flow. */
export class DruidError extends Error {
  override readonly name = 'DruidError';
  readonly persona: Persona;
  readonly category: ErrorCategory;
  readonly errorCode: string;
  readonly context: Readonly<Record<string, string>>;
  readonly legacy: DruidErrorOptions['legacy'];

  constructor(message: string, options: DruidErrorOptions) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.persona = options.persona ?? 'USER';
    this.category = options.category;
    this.errorCode = options.errorCode ?? (options.category === 'INVALID_INPUT' ? 'invalidInput' : 'general');
    this.context = options.context ?? {};
    this.legacy = options.legacy;
  }

  /** HTTP status of the category. */
  get status(): number {
    return STATUS[this.category];
  }
}

/** The user's input is wrong: status 400. */
export function invalidInput(message: string, context?: Readonly<Record<string, string>>): DruidError {
  return new DruidError(message, { category: 'INVALID_INPUT', ...(context && { context }) });
}
