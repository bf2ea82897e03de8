import { type ReactNode, useState } from 'react';
import { api, ApiError, send } from '../shared/api.js';
import { CodeBlock } from '../shared/code-block.js';
import { ConfirmButton } from '../shared/confirm-button.js';
import { EmptyState, ErrorNote } from '../shared/notes.js';
import { useAction } from '../shared/use-action.js';
import { usePolled } from '../shared/use-polled.js';
import { LookupForm, type NewLookup } from './lookup-form.js';

const PERIOD_MS = 5000;
const PATH = '/druid/coordinator/v1/lookups/config';
const TIER = '__default';

interface Lookup {
  readonly version?: string;
  readonly lookupExtractorFactory: { readonly type: string; readonly map?: Readonly<Record<string, string>> };
}

type Tiers = Readonly<Record<string, Readonly<Record<string, Lookup>>>>;

/** Names for values, which queries read by LOOKUP(). */
export function Lookups(): ReactNode {
  const { data, error, refresh } = usePolled(loadTiers, PERIOD_MS);
  const action = useAction(refresh);
  const [adds, setAdds] = useState(false);
  const all = Object.entries(data ?? {}).flatMap(([tier, lookups]) =>
    Object.entries(lookups).map(([name, lookup]) => ({ tier, name, lookup })),
  );
  const add = ({ name, map }: NewLookup): void =>
    action.run(async () => {
      // Druid takes lookups one by one only after they were begun once.
      if (data === undefined || all.length === 0) await send(PATH, { body: {} });
      const version = new Date().toISOString();
      await send(`${PATH}/${TIER}/${encodeURIComponent(name)}`, {
        body: { version, lookupExtractorFactory: { type: 'map', map } },
      });
      setAdds(false);
    });
  return (
    <section className="panel" aria-label="Lookups">
      <div className="panel-head">
        <h2>Lookups</h2>
        <button type="button" className="push-right" aria-expanded={adds} onClick={() => setAdds(!adds)}>
          Add lookup
        </button>
      </div>
      <ErrorNote error={action.error ?? error} />
      {adds && <LookupForm busy={action.busy} onAdd={add} />}
      {all.length === 0 && !adds && (
        <EmptyState title="No lookups yet">
          <p>
            A lookup gives names to values: codes of countries, ids of products. In SQL:{' '}
            <code>LOOKUP(country_code, 'countries')</code>.
          </p>
        </EmptyState>
      )}
      <ul className="lookups">
        {all.map(({ tier, name, lookup }) => (
          <li key={`${tier}/${name}`}>
            <div className="row">
              <strong>{name}</strong>
              <span className="faint small">{describe(tier, lookup)}</span>
              <span className="push-right">
                <ConfirmButton
                  title="Delete"
                  confirm="Delete this lookup"
                  onConfirm={() =>
                    action.run(() => send(`${PATH}/${tier}/${encodeURIComponent(name)}`, { method: 'DELETE' }))
                  }
                />
              </span>
            </div>
            <CodeBlock label={`Lookup ${name}`} text={JSON.stringify(lookup.lookupExtractorFactory, null, 2)} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function describe(tier: string, { version, lookupExtractorFactory: { type, map } }: Lookup): string {
  const size = map === undefined ? '' : `, ${Object.keys(map).length} keys`;
  return `${type}${size} · tier ${tier}${version === undefined ? '' : ` · version ${version}`}`;
}

/** Before the first lookup there is no configuration. */
async function loadTiers(signal: AbortSignal): Promise<Tiers> {
  try {
    return (await api<Tiers | undefined>(`${PATH}/all`, { signal })) ?? {};
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return {};
    throw error;
  }
}
