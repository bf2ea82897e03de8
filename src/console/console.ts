/** Entry of the page: finds the data sources, shows the live tiles of the chosen one, and the query box. */
import { byId } from './dom.js';
import { LiveConnection } from './live-connection.js';
import { watchTiles } from './live-tiles.js';
import { QueryBox } from './query-box.js';

/** The data source of the built-in demo stream. */
const DEMO = 'wikipedia';
const LOOK_FOR_DATA_MS = 2000;

const queryBox = new QueryBox();
const chooser = byId('data-source') as HTMLSelectElement;
const connection = new LiveConnection((state) => {
  const shown = byId('connection');
  shown.dataset['state'] = state;
  shown.textContent = state === 'lost' ? 'connection lost, trying again' : state;
});

chooser.addEventListener('change', () => show(chooser.value));
for (const element of document.querySelectorAll('.origin')) element.textContent = location.origin;
byId('push-example').textContent =
  `curl --data-binary '{"timestamp":"${new Date().toISOString()}","page":"Home","ms":12}' ${location.origin}/v1/push/my_events`;
void findData();

async function findData(): Promise<void> {
  const names = await dataSources();
  const known = new Set([...chooser.options].map((option) => option.value));
  for (const name of names) if (!known.has(name)) chooser.append(new Option(name, name));
  const none = names.length === 0;
  byId('empty').hidden = !none;
  byId('live').hidden = none;
  if (known.size === 0 && !none) {
    chooser.value = names.includes(DEMO) ? DEMO : (names[0] ?? '');
    show(chooser.value);
  }
  setTimeout(() => void findData(), LOOK_FOR_DATA_MS);
}

/** An answer that fails is no reason to say that there is no data: keep what is shown. */
async function dataSources(): Promise<readonly string[]> {
  try {
    const response = await fetch('/druid/v2/datasources');
    return (await response.json()) as string[];
  } catch {
    return [...chooser.options].map((option) => option.value);
  }
}

function show(dataSource: string): void {
  const demo = dataSource === DEMO;
  for (const element of document.querySelectorAll<HTMLElement>('[data-demo]')) element.hidden = !demo;
  watchTiles(connection, dataSource, demo);
  queryBox.setDataSource(dataSource, demo);
}
