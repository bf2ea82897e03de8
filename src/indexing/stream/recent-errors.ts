/** As Druid's supervisors list them. */
export interface RecentError {
  readonly timestampMs: number;
  readonly message: string;
}

/** Druid's `maxStoredExceptionEvents`. */
const MAX_ERRORS = 30;

export class RecentErrors {
  readonly #errors: RecentError[] = [];

  get list(): readonly RecentError[] {
    return [...this.#errors];
  }

  add(timestampMs: number, message: string): void {
    this.#errors.push({ timestampMs, message });
    if (this.#errors.length > MAX_ERRORS) this.#errors.shift();
  }
}
