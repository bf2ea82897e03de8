import { type ReactNode, useState } from 'react';
import { api } from '../shared/api.js';
import { useDataSources } from '../shared/data-sources.js';
import { ErrorNote } from '../shared/notes.js';
import { useAction } from '../shared/use-action.js';
import { usePolled } from '../shared/use-polled.js';
import { type Rule, ruleText } from './rule-text.js';

const PERIOD_MS = 5000;
const PATH = '/druid/coordinator/v1/rules';
const DEFAULTS = '_default';

type Rules = Readonly<Record<string, readonly Rule[]>>;

/** What is kept, where and how often; the first rule that fits a segment counts. */
export function Retention(): ReactNode {
  const { data, error, refresh } = usePolled((signal) => api<Rules>(PATH, { signal }), PERIOD_MS);
  const { data: names = [] } = useDataSources();
  const all = [...new Set([...names, ...Object.keys(data ?? {}).filter((name) => name !== DEFAULTS), DEFAULTS])];
  return (
    <>
      <ErrorNote error={error} />
      {data !== undefined &&
        all.map((name) => <RulePanel key={name} name={name} rules={data[name] ?? []} onChanged={refresh} />)}
    </>
  );
}

interface RulePanelProps {
  readonly name: string;
  readonly rules: readonly Rule[];
  readonly onChanged: () => void;
}

function RulePanel({ name, rules, onChanged }: RulePanelProps): ReactNode {
  const [draft, setDraft] = useState<string | undefined>(undefined);
  const { busy, error, run } = useAction(onChanged);
  const save = (): void =>
    run(async () => {
      await api(`${PATH}/${encodeURIComponent(name)}`, { body: parsed(draft ?? '[]') });
      setDraft(undefined);
    });
  return (
    <section className="panel" aria-label={`Rules of ${name}`} data-rules={name}>
      <div className="panel-head">
        <h2>{name === DEFAULTS ? 'Defaults, after the rules of each data source' : name}</h2>
        <span className="push-right row">
          {draft === undefined ? (
            <button type="button" onClick={() => setDraft(JSON.stringify(rules, null, 2))}>
              Edit
            </button>
          ) : (
            <>
              <button type="button" className="primary" disabled={busy} onClick={save}>
                Save
              </button>
              <button type="button" className="quiet" onClick={() => setDraft(undefined)}>
                Cancel
              </button>
            </>
          )}
        </span>
      </div>
      <ErrorNote error={error} />
      {draft === undefined ? (
        <ol className="rules">
          {rules.map((rule, i) => (
            <li key={i}>{ruleText(rule)}</li>
          ))}
          {rules.length === 0 && <li className="faint">No rules of its own: the defaults count.</li>}
        </ol>
      ) : (
        <textarea
          rows={8}
          aria-label={`Rules of ${name} as JSON`}
          spellCheck={false}
          value={draft}
          onChange={(event) => setDraft(event.target.value)}
        />
      )}
    </section>
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new Error(`The rules are not valid JSON. ${(error as Error).message}`, { cause: error });
  }
}
