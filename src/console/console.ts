/** Entry of the page: finds the data sources, follows the chosen one, and offers the query box for it. */
import { byId } from './dom.js';
import { type ConnectionState, LiveConnection } from './live-connection.js';
import { LiveTiles } from './live-tiles.js';
import { QueryBox } from './query-box.js';

/** The data source of the built-in demo stream. */
const DEMO = 'wikipedia';
const LOOK_FOR_DATA_MS = 1000;
const STATES: Readonly<Record<ConnectionState, string>> = {
  connecting: 'connecting',
  live: 'live',
  lost: 'connection lost, trying again',
  closed: 'closed',
};

const queryBox = new QueryBox();
const chooser = byId('data-source') as HTMLSelectElement;
const connection = new LiveConnection({ onState: showState, onProblem: showProblem });
const tiles = new LiveTiles(connection);

chooser.addEventListener('change', () => show(chooser.value));
for (const element of document.querySelectorAll('.origin')) element.textContent = location.origin;
byId('push-example').textContent =
  `curl --data-binary '{"timestamp":"${new Date().toISOString()}","page":"Home","ms":12}' ${location.origin}/v1/push/my_events`;
void findData();
// Data sources come: the first one is shown at once, later ones are offered.
setInterval(() => {
  if (connection.live) void findData();
}, LOOK_FOR_DATA_MS);

/** An answer that fails is no reason to say that there is no data. */
async function findData(): Promise<void> {
  try {
    const response = await fetch('/druid/v2/datasources');
    if (response.ok) offer((await response.json()) as string[]);
  } catch {
    // The connection's state says that the server is away.
  }
}

function offer(names: readonly string[]): void {
  const known = new Set([...chooser.options].map((option) => option.value));
  for (const name of names) if (!known.has(name)) chooser.append(new Option(name, name));
  const none = chooser.options.length === 0;
  byId('empty').hidden = !none;
  byId('live').hidden = none;
  byId('query-panel').hidden = none;
  chooser.parentElement!.hidden = none;
  if (known.size > 0 || none) return;
  chooser.value = names.includes(DEMO) ? DEMO : names[0]!;
  show(chooser.value);
}

function show(dataSource: string): void {
  const demo = dataSource === DEMO;
  for (const element of document.querySelectorAll<HTMLElement>('[data-demo]')) element.hidden = !demo;
  tiles.follow(dataSource, demo);
  queryBox.setDataSource(dataSource, demo);
}

function showState(state: ConnectionState): void {
  const shown = byId('connection');
  shown.dataset['state'] = state;
  if (shown.textContent !== STATES[state]) shown.textContent = STATES[state];
  byId('live').toggleAttribute('data-stale', state !== 'live');
  if (state !== 'live') tiles.pause();
}

function showProblem(message: string | undefined): void {
  const problem = byId('problem');
  problem.hidden = message === undefined;
  problem.textContent = message === undefined ? '' : `Some numbers cannot be read now. ${message}`;
}
