import { byId } from './dom.js';
import { EXAMPLES } from './example-queries.js';
import { showResult } from './result-table.js';

/** The query box: examples, run by button or Ctrl+Enter, result as a table. */
export class QueryBox {
  readonly #text = byId('query') as HTMLTextAreaElement;
  readonly #examples = byId('examples') as HTMLSelectElement;
  readonly #run = byId('run') as HTMLButtonElement;
  #dataSource = '';
  #demo = false;

  constructor() {
    this.#run.addEventListener('click', () => void this.#execute());
    this.#text.addEventListener('keydown', (event) => {
      if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) void this.#execute();
    });
    this.#examples.addEventListener('change', () => this.#showExample());
  }

  /** Offers the examples that fit the data source. */
  setDataSource(dataSource: string, demo: boolean): void {
    this.#dataSource = dataSource;
    this.#demo = demo;
    this.#examples.replaceChildren(...this.#offered().map((example) => new Option(example.title)));
    if (demo) this.#examples.selectedIndex = 2;
    this.#showExample();
  }

  #offered(): typeof EXAMPLES {
    return EXAMPLES.filter((example) => this.#demo || !example.demo);
  }

  #showExample(): void {
    const example = this.#offered()[this.#examples.selectedIndex];
    if (example) this.#text.value = JSON.stringify(example.query(this.#dataSource), null, 2);
  }

  async #execute(): Promise<void> {
    this.#run.disabled = true;
    const startedAt = performance.now();
    try {
      const response = await fetch('/druid/v2', {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-millrace-state': '1' },
        body: this.#text.value,
      });
      const answer = (await response.json()) as unknown;
      const tookMs = performance.now() - startedAt;
      if (!response.ok)
        throw new Error((answer as { errorMessage?: string }).errorMessage ?? `Status ${response.status}`);
      const rows = showResult(byId('result'), answer);
      this.#say(`${rows.toLocaleString('en-US')} rows in ${tookMs.toFixed(1)} ms`, false);
    } catch (error) {
      byId('result').replaceChildren();
      this.#say(error instanceof Error ? error.message : String(error), true);
    } finally {
      this.#run.disabled = false;
    }
  }

  #say(text: string, failed: boolean): void {
    const outcome = byId('outcome');
    outcome.textContent = text;
    outcome.toggleAttribute('data-failed', failed);
  }
}
