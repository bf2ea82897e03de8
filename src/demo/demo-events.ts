import type { Randomness } from '../platform/randomness.js';
import { CHANNELS, COMMENTS, editorName, PLACES, pageTitle, TAGS } from './demo-names.js';

const PAGES = 20_000;
const EDITORS = 8000;
const ROBOTS = 60;
const OTHER_NAMESPACES = ['Talk', 'User', 'Wikipedia', 'File', 'Category'];
/** Share of events that arrive late, by up to ten minutes. */
const LATE_SHARE = 0.01;
const LATEST_MS = 600_000;

/** Wikipedia-like edits: a few busy channels and pages, long tails, missing values, and multi-value tags. */
export class DemoEvents {
  readonly #random: Randomness;

  constructor(random: Randomness) {
    this.#random = random;
  }

  /** One edit made at `atMs` (a late one: before), as a line of JSON. */
  line(atMs: number): string {
    const isRobot = this.#chance(0.28);
    const isAnonymous = !isRobot && this.#chance(0.2);
    const added = this.#chance(0.75) ? this.#sized(250) : 0;
    const deleted = this.#chance(0.3) ? this.#sized(90) : 0;
    const place = isAnonymous ? PLACES[this.#skewed(PLACES.length, 1)] : undefined;
    const latenessMs = this.#chance(LATE_SHARE) ? this.#random.nextDouble() * LATEST_MS : 0;
    return JSON.stringify({
      time: new Date(atMs - latenessMs).toISOString(),
      channel: CHANNELS[this.#skewed(CHANNELS.length, 1)],
      page: pageTitle(this.#skewed(PAGES, 3)),
      user: this.#user(isRobot, isAnonymous),
      namespace: this.#chance(0.7) ? 'Main' : this.#pick(OTHER_NAMESPACES),
      country: place?.[0] ?? null,
      city: place && this.#chance(0.7) ? this.#pick(place[1]) : null,
      isRobot,
      isNew: this.#chance(0.06),
      tags: this.#tags(),
      comment: this.#chance(0.85) ? this.#pick(COMMENTS) : null,
      added,
      deleted,
      delta: added - deleted,
      score: Math.round(this.#random.nextDouble() * 1000) / 1000,
    });
  }

  #user(isRobot: boolean, isAnonymous: boolean): string {
    if (isAnonymous) return [0, 0, 0, 0].map(() => 1 + Math.floor(this.#random.nextDouble() * 254)).join('.');
    return isRobot ? `${editorName(this.#skewed(ROBOTS, 1))}Bot` : editorName(this.#skewed(EDITORS, 10));
  }

  #tags(): string[] | null {
    if (this.#chance(0.45)) return null;
    const first = this.#skewed(TAGS.length, 2);
    const tags = [TAGS[first]!];
    if (this.#chance(0.3)) tags.push(TAGS[(first + 1 + Math.floor(this.#random.nextDouble() * 4)) % TAGS.length]!);
    return tags;
  }

  #chance(share: number): boolean {
    return this.#random.nextDouble() < share;
  }

  #pick<T>(values: readonly T[]): T {
    return values[Math.floor(this.#random.nextDouble() * values.length)] as T;
  }

  /** 0..n-1 with a frequency that falls about as 1/(k + head), as names in edit logs do; a larger `head` is less steep. */
  #skewed(n: number, head: number): number {
    return Math.min(n - 1, Math.floor(head * ((n + head) / head) ** this.#random.nextDouble() - head));
  }

  /** Mostly small, now and then large: about twice `typical` on average, at most ten times. */
  #sized(typical: number): number {
    return 1 + Math.floor(typical * this.#random.nextDouble() ** 4 * 10);
  }
}
