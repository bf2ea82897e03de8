/** Words that demo events are made of; what stands first is picked most often where a list is skewed. */

export const CHANNELS = words(
  'en, de, fr, es, ja, ru, zh, it, pt, pl, uk, ar, vi, fa, nl, he, sv, cs, ko, fi, hu, ca, uz, ceb',
).map((code) => `#${code}.wikipedia`);

export const PLACES: readonly (readonly [country: string, cities: readonly string[]])[] = [
  ['United States', ['New York', 'Chicago', 'Mountain View', 'Austin']],
  ['India', ['Mumbai', 'Bengaluru', 'Chennai']],
  ['Germany', ['Berlin', 'München', 'Köln']],
  ['Japan', ['東京', '大阪']],
  ['Brazil', ['São Paulo', 'Recife']],
  ['United Kingdom', ['London', 'Manchester']],
  ['France', ['Paris', 'Lyon']],
  ['Italy', ['Roma', 'Milano']],
  ['Ukraine', ['Kyiv', 'Lviv']],
  ['New Zealand', ['Wellington', 'Auckland']],
  ['Kenya', ['Nairobi']],
  ['Mexico', ['Oaxaca', 'Puebla']],
];

export const TAGS = words(
  'mobile edit, visual editor, reverted, new user, link added, image, typo fix, references removed',
);

export const COMMENTS = words(`
  /* See also */, typo, added reference, reverted edits, wikify, /* History */ new section, category,
  fixed link, copy edit, update infobox
`);

const SUBJECTS = words(`
  History of *, Geography of *, List of castles in *, Economy of *, Music of *, Siege of *,
  University of *, Rivers of *, Football in *, * railway station, Flora of *, * (disambiguation),
  Cuisine of *, Demographics of *, List of poets from *, Climate of *, * Cathedral, Lighthouses in *,
  Mayor of *, Treaty of *, Birds of *, * Symphony Orchestra, Tourism in *, Timeline of *
`);
const SETTINGS = words(`
  Wellington, Bavaria, Kyoto, the Andes, Tuscany, Lake Victoria, the Baltic, Catalonia, Bengal, Anatolia,
  Iceland, Patagonia, Normandy, the Danube, Crete, Java, Oaxaca, Lapland, Galicia,
  Saint Vincent and the Grenadines, Ōsaka, Łódź, Zanzibar, Québec
`);
const MOODS = words('Quiet, Amber, Distant, Early, Faded, Gentle, Hidden, Ivory, Little, Mossy, Northern, Odd');
const ANIMALS = words('Heron, Otter, Badger, Finch, Lynx, Marten, Newt, Osprey, Puffin, Raven, Stoat, Tern');

/** Coprime to the number of titles without a year: neighbours in rank share neither subject nor setting. */
const STRIDE = 245;

/** The title of page `number`; each number has its own. */
export function pageTitle(number: number): string {
  const titles = SUBJECTS.length * SETTINGS.length;
  const mixed = (number * STRIDE) % titles;
  const subject = SUBJECTS[mixed % SUBJECTS.length]!;
  const title = subject.replace('*', SETTINGS[Math.floor(mixed / SUBJECTS.length)]!);
  const series = Math.floor(number / titles);
  const capital = title.charAt(0).toUpperCase() + title.slice(1);
  return series === 0 ? capital : `${capital} (${2030 - 5 * series})`;
}

/** The name of editor `number`; each number has its own. */
export function editorName(number: number): string {
  const animal = ANIMALS[number % ANIMALS.length]!;
  const mood = MOODS[Math.floor(number / ANIMALS.length) % MOODS.length]!;
  const series = Math.floor(number / (ANIMALS.length * MOODS.length));
  return series === 0 ? `${mood}${animal}` : `${mood}${animal}${series}`;
}

function words(list: string): string[] {
  return list.trim().split(/,\s+/);
}
