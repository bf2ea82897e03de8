import { DruidError } from '../../common/druid-error.js';
import { jsonText } from '../../common/json-write.js';
import type { TuningConfig } from '../spec/tuning-config.js';

/** As Druid's report lists it. */
export interface SavedParseException {
  readonly input: string;
  readonly errorType: 'ParseException';
  readonly details: readonly string[];
  readonly timeOfExceptionMillis: number;
}

/** A report needs enough to recognise a line, not all of it. */
const MAX_SHOWN = 1000;

/** The policy on bad rows: how many are borne, which are kept for the report. @source Druid `ParseExceptionHandler.java` */
export class ParseExceptions {
  readonly saved: SavedParseException[] = [];
  readonly #maxSaved: number;
  readonly #maxAllowed: number;
  readonly #log: ((reason: string) => void) | undefined;
  readonly #nowMs: () => number;
  #count = 0;

  /** @param log told of each bad row when the spec wants them logged */
  constructor(config: TuningConfig, nowMs: () => number, log: ((reason: string) => void) | undefined) {
    this.#maxSaved = config.maxSavedParseExceptions;
    this.#maxAllowed = config.maxParseExceptions;
    this.#log = config.logParseExceptions ? log : undefined;
    this.#nowMs = nowMs;
  }

  /** @throws DruidError RUNTIME_FAILURE when there are more than the spec allows */
  add(input: Uint8Array | object, reason: string): void {
    this.#count++;
    this.#log?.(reason);
    if (this.#maxSaved > 0) {
      // The newest are kept.
      if (this.saved.length === this.#maxSaved) this.saved.shift();
      const text =
        input instanceof Uint8Array
          ? Buffer.from(input.subarray(0, MAX_SHOWN)).toString('utf8')
          : jsonText(input).slice(0, MAX_SHOWN);
      this.saved.push({
        input: text,
        errorType: 'ParseException',
        details: [reason],
        timeOfExceptionMillis: this.#nowMs(),
      });
    }
    if (this.#count > this.#maxAllowed) {
      throw new DruidError(`Max parse exceptions [${this.#maxAllowed}] exceeded`, { category: 'RUNTIME_FAILURE' });
    }
  }
}
