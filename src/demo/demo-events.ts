import type { Randomness } from '../platform/randomness.js';

const CHANNELS = [
  'en',
  'vi',
  'de',
  'fr',
  'ru',
  'it',
  'es',
  'zh',
  'ja',
  'uz',
  'ar',
  'pt',
  'pl',
  'ceb',
  'uk',
  'nl',
  'fa',
  'sv',
  'hu',
  'he',
  'cs',
  'fi',
  'ca',
  'ko',
];
const PLACES: readonly (readonly [string, readonly string[]])[] = [
  ['United States', ['New York', 'Chicago', 'Mountain View', 'Austin']],
  ['India', ['Mumbai', 'Bengaluru', 'Chennai']],
  ['Germany', ['Berlin', 'München', 'Köln']],
  ['Japan', ['東京', '大阪']],
  ['Brazil', ['São Paulo', 'Recife']],
  ['United Kingdom', ['London', 'Manchester']],
  ['France', ['Paris', 'Lyon']],
  ['Italy', ['Roma', 'Milano']],
  ['Russia', ['Moscow', 'Saint Petersburg']],
  ['New Zealand', ['Wellington', 'Auckland']],
  ['Kenya', ['Nairobi']],
  ['Ukraine', ['Kyiv', 'Lviv']],
];
const FIRST = [
  'History',
  'Geography',
  'List',
  'Economy',
  'Music',
  'Battle',
  'University',
  'River',
  'Football',
  'Art',
  'Flora',
  'Railways',
  'Cuisine',
  'Castles',
  'Poets',
];
const SECOND = [
  'Wellington',
  'Bavaria',
  'Kyoto',
  'the Andes',
  'Tuscany',
  'Lake Victoria',
  'the Baltic',
  'Catalonia',
  'Bengal',
  'Anatolia',
  'Iceland',
  'Patagonia',
  'Normandy',
  'the Danube',
  'Crete',
  'Java',
  'Oaxaca',
  'Lapland',
];
const TAGS = [
  'mobile edit',
  'visual editor',
  'revert',
  'new user',
  'citation needed',
  'link added',
  'image',
  'typo fix',
];
const COMMENTS = [
  '/* See also */',
  'typo',
  'added reference',
  'reverted edits',
  'wikify',
  '/* History */ new section',
  'category',
  'fixed link',
];
const PAGES = 20_000;
const EDITORS = 8_000;
/** Share of events that arrive late, by up to ten minutes. */
const LATE_SHARE = 0.01;

/** Wikipedia-like edits: a few busy channels and pages, long tails, missing values, and multi-value tags. */
export class DemoEvents {
  readonly #random: Randomness;

  constructor(random: Randomness) {
    this.#random = random;
  }

  /** One edit at about `nowMs`, as a line of JSON. */
  line(nowMs: number): string {
    const isRobot = this.#chance(0.28);
    const isAnonymous = !isRobot && this.#chance(0.2);
    const added = this.#chance(0.75) ? this.#sized(2500) : 0;
    const deleted = this.#chance(0.3) ? this.#sized(900) : 0;
    const place = isAnonymous ? PLACES[this.#skewed(PLACES.length)] : undefined;
    const latenessMs = this.#chance(LATE_SHARE) ? this.#random.nextDouble() * 600_000 : 0;
    return JSON.stringify({
      time: new Date(nowMs - latenessMs).toISOString(),
      channel: `#${CHANNELS[this.#skewed(CHANNELS.length)]}.wikipedia`,
      page: page(this.#skewed(PAGES)),
      user: isAnonymous ? this.#address() : `${isRobot ? 'Bot' : 'Editor'}${this.#skewed(isRobot ? 60 : EDITORS)}`,
      namespace: this.#chance(0.7) ? 'Main' : this.#pick(['Talk', 'User', 'Wikipedia', 'File', 'Category']),
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

  #tags(): string[] | null {
    if (this.#chance(0.45)) return null;
    const first = this.#pick(TAGS);
    return this.#chance(0.3) ? [first, this.#pick(TAGS)] : [first];
  }

  #address(): string {
    return [0, 0, 0, 0].map(() => 1 + Math.floor(this.#random.nextDouble() * 254)).join('.');
  }

  #chance(share: number): boolean {
    return this.#random.nextDouble() < share;
  }

  #pick<T>(values: readonly T[]): T {
    return values[Math.floor(this.#random.nextDouble() * values.length)] as T;
  }

  /** 0..n-1 with a frequency that falls about as 1/(k + 1), as names in edit logs do. */
  #skewed(n: number): number {
    return Math.min(n - 1, Math.floor((n + 1) ** this.#random.nextDouble() - 1));
  }

  /** Mostly small, now and then large, at most about ten times `typical`. */
  #sized(typical: number): number {
    return 1 + Math.floor(typical * this.#random.nextDouble() ** 4 * 10);
  }
}

function page(number: number): string {
  const first = FIRST[number % FIRST.length];
  const second = SECOND[Math.floor(number / FIRST.length) % SECOND.length];
  const series = Math.floor(number / (FIRST.length * SECOND.length));
  return series === 0 ? `${first} of ${second}` : `${first} of ${second} (${series})`;
}
