import { deltaText, type LiveRow, rowsText, sameRows } from './live-rows.js';
import type { LiveAnswer } from './live-source.js';

/** Versions that a client may come back to. */
const MAX_VERSIONS = 64;
/** Text of the versions of all logs of a hub; each log keeps its newest besides. */
const MAX_CHARS = 64 * 1024 * 1024;
/** Of one log. */
const MAX_OWN_CHARS = 4 * 1024 * 1024;
/** What a row takes beside its text, which it has twice where it has rows itself. */
const CHARS_PER_ROW = 100;

/** What all version logs of a hub hold together. */
export class VersionBudget {
  chars = 0;
}

interface Version extends LiveAnswer {
  /** Counts up from 1. */
  readonly number: number;
  readonly chars: number;
}

/** The last versions of one answer, and how to get from each of them to the newest. */
export class VersionLog {
  /** Ascending by number. */
  readonly #versions: Version[] = [];
  readonly #budget: VersionBudget;
  #chars = 0;
  #snapshot: string | undefined;
  /** Members of messages to the newest version, by the number of the version that they begin at. */
  readonly #deltas = new Map<number, string>();

  constructor(budget: VersionBudget) {
    this.#budget = budget;
  }

  /** 0 = none yet. */
  get newest(): number {
    return this.#versions.at(-1)?.number ?? 0;
  }

  /** Takes a newer answer. An equal one makes no version. */
  add(answer: LiveAnswer): void {
    const last = this.#versions.at(-1);
    const isSame = last !== undefined && sameRows(last.rows, answer.rows);
    const rows = last === undefined ? answer.rows : shared(last.rows, answer.rows);
    // The same rows at a later state: whoever has them need not be told, whoever comes gets the later state.
    const number = isSame ? last.number : this.newest + 1;
    const chars = isSame ? last.chars : charsOf(rows);
    if (isSame) this.#versions.pop();
    else this.#count(chars);
    this.#versions.push({ ...answer, rows, number, chars });
    while (this.#versions.length > 1 && this.#isTooLarge()) this.#count(-this.#versions.shift()!.chars);
    this.#snapshot = undefined;
    this.#deltas.clear();
  }

  /** Lets all versions go; nothing is added any more. */
  clear(): void {
    this.#versions.length = 0;
    this.#count(-this.#chars);
    this.#snapshot = undefined;
    this.#deltas.clear();
  }

  /** Whether a client that has this version can be told what changed since. */
  holds(number: number): boolean {
    const first = this.#versions[0];
    return first !== undefined && number >= first.number && number <= this.newest;
  }

  /** Type and members of the message that has the newest version, for a client that has none. */
  snapshot(cursor: (number: number) => string): string {
    const version = this.#versions.at(-1)!;
    return (this.#snapshot ??= `"type":"snapshot",${head(version, cursor)},"result":${rowsText(version.rows)}`);
  }

  /** The same for a client that has version `from`: a snapshot where that is gone. */
  since(from: number, cursor: (number: number) => string): string {
    if (!this.holds(from)) return this.snapshot(cursor);
    let text = this.#deltas.get(from);
    if (text === undefined) {
      const version = this.#versions.at(-1)!;
      const before = this.#versions[this.#versions.length - 1 - (version.number - from)]!;
      const delta = deltaText(before.rows, version.rows);
      text = `"type":"delta","from":"${cursor(from)}",${head(version, cursor)},"delta":${delta}`;
      this.#deltas.set(from, text);
    }
    return text;
  }

  #count(chars: number): void {
    this.#chars += chars;
    this.#budget.chars += chars;
  }

  #isTooLarge(): boolean {
    return this.#versions.length > MAX_VERSIONS || this.#chars > MAX_OWN_CHARS || this.#budget.chars > MAX_CHARS;
  }
}

function charsOf(rows: readonly LiveRow[]): number {
  return rows.reduce((sum, { text, inner }) => sum + CHARS_PER_ROW + text.length + (inner ? charsOf(inner) : 0), 0);
}

function head({ number, state, watermarkMs }: Version, cursor: (number: number) => string): string {
  const watermark = watermarkMs === null ? 'null' : `"${new Date(watermarkMs).toISOString()}"`;
  return `"cursor":"${cursor(number)}","state":${JSON.stringify(state)},"watermark":${watermark}`;
}

/** `after`, with the objects of `before` where rows are equal, so that versions share them. */
function shared(before: readonly LiveRow[], after: readonly LiveRow[]): readonly LiveRow[] {
  const byKey = new Map(before.map((row) => [row.key, row]));
  return after.map((row) => {
    const old = byKey.get(row.key);
    if (old === undefined) return row;
    if (old.text === row.text) return old;
    return old.inner && row.inner ? { ...row, inner: shared(old.inner, row.inner) } : row;
  });
}
