import { byId, textElement } from './dom.js';
import { EXAMPLES } from './example-queries.js';
import { formatInteger } from './format.js';
import { formatJson } from './format-json.js';
import { resultRows } from './result-rows.js';
import { showJson, showRows } from './result-table.js';
import { runQuery } from './run-query.js';

/** The example that the demo starts with. */
const FIRST_OF_DEMO = 'Countries by bytes added';

/** The query box: examples, run by button or Ctrl+Enter, result as a table. */
export class QueryBox {
  readonly #text = byId('query') as HTMLTextAreaElement;
  readonly #examples = byId('examples') as HTMLSelectElement;
  readonly #run = byId('run') as HTMLButtonElement;
  readonly #result = byId('result');
  #dataSource = '';
  #demo = false;

  constructor() {
    this.#run.addEventListener('click', () => void this.#execute());
    this.#text.addEventListener('keydown', (event) => {
      if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) void this.#execute();
    });
    this.#examples.addEventListener('change', () => {
      this.#fill();
      void this.#execute();
    });
  }

  /** Offers the examples that fit the data source. */
  setDataSource(dataSource: string, demo: boolean): void {
    this.#dataSource = dataSource;
    this.#demo = demo;
    this.#examples.replaceChildren(...this.#offered().map((example) => new Option(example.title)));
    if (demo) this.#examples.value = FIRST_OF_DEMO;
    this.#fill();
    this.#say('', false);
    this.#hint('Rows appear here. Run the query, change it, or choose another example.');
  }

  #offered(): typeof EXAMPLES {
    return EXAMPLES.filter((example) => this.#demo || !example.demo);
  }

  #fill(): void {
    const example = this.#offered()[this.#examples.selectedIndex];
    if (example) this.#text.value = formatJson(example.query(this.#dataSource));
  }

  async #execute(): Promise<void> {
    // Not `disabled`: the button would lose the focus.
    if (this.#run.ariaBusy === 'true') return;
    this.#run.ariaBusy = 'true';
    const outcome = await runQuery(this.#text.value);
    this.#run.ariaBusy = 'false';
    if (outcome.kind === 'error') {
      this.#result.replaceChildren();
      this.#say(outcome.message, true);
      return;
    }
    const rows = resultRows(outcome.result);
    const empty = Array.isArray(outcome.result) && outcome.result.length === 0;
    if (rows.length > 0) showRows(this.#result, rows);
    else if (empty) this.#hint('Nothing in this interval matches.');
    else showJson(this.#result, outcome.result);
    const size =
      rows.length > 0 || empty ? `${formatInteger(rows.length)} ${rows.length === 1 ? 'row' : 'rows'} in` : '';
    this.#say([`${size} ${outcome.tookMs.toFixed(1)} ms`.trim(), outcome.state].filter(Boolean).join(', '), false);
  }

  #hint(text: string): void {
    const hint = textElement('p', text);
    hint.className = 'hint';
    this.#result.replaceChildren(hint);
  }

  #say(text: string, failed: boolean): void {
    const outcome = byId('outcome');
    outcome.textContent = text;
    outcome.toggleAttribute('data-failed', failed);
  }
}
