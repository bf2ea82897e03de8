import { type ReactNode, useState } from 'react';
import type { Dashboard } from './dashboard.js';

interface DashboardBarProps {
  readonly names: readonly string[];
  readonly shown: Dashboard;
  /** It came with the address and is not among the saved ones. */
  readonly isShared: boolean;
  readonly isSaved: boolean;
  readonly editing: boolean;
  readonly onEdit: (editing: boolean) => void;
  readonly onShow: (name: string) => void;
  readonly onSave: (dashboard: Dashboard) => void;
  readonly onAdd: () => void;
  readonly onRemove: () => void;
  readonly address: () => string;
}

/** Which dashboard, and what can be done with it. */
export function DashboardBar(props: DashboardBarProps): ReactNode {
  const { names, shown, isShared, isSaved, editing, onEdit, onShow, onSave, onAdd, onRemove } = props;
  const create = (): void => {
    // The name is not taken: a new dashboard replaces none.
    const free = (n: number): string => (names.includes(`Dashboard ${n}`) ? free(n + 1) : `Dashboard ${n}`);
    onSave({ name: free(1), tiles: [] });
    onEdit(true);
  };
  return (
    <div className="page-head">
      <h1>Dashboards</h1>
      {isShared ? (
        <strong>{shown.name}</strong>
      ) : (
        <label className="field">
          <span className="visually-hidden">Dashboard</span>
          <select id="dashboard" data-main-field value={shown.name} onChange={(event) => onShow(event.target.value)}>
            {names.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
      )}
      {editing && <Rename key={shown.name} shown={shown} taken={names} onSave={onSave} />}
      <span className="push-right row">
        {isShared && (
          <button type="button" className="primary" onClick={() => onSave(shown)}>
            Save here
          </button>
        )}
        {editing && (
          <button type="button" className="primary" onClick={onAdd}>
            Add tile
          </button>
        )}
        {editing && isSaved && (
          <button type="button" className="danger" onClick={onRemove}>
            Delete
          </button>
        )}
        <button type="button" aria-pressed={editing} onClick={() => onEdit(!editing)}>
          {editing ? 'Done' : 'Edit'}
        </button>
        <button type="button" onClick={create}>
          New
        </button>
        <Share address={props.address} />
      </span>
    </div>
  );
}

interface RenameProps {
  readonly shown: Dashboard;
  readonly taken: readonly string[];
  readonly onSave: (dashboard: Dashboard) => void;
}

function Rename({ shown, taken, onSave }: RenameProps): ReactNode {
  const [name, setName] = useState(shown.name);
  const fits = name.trim() !== '' && !taken.includes(name.trim());
  return (
    <form
      className="row"
      onSubmit={(event) => {
        event.preventDefault();
        if (fits) onSave({ ...shown, name: name.trim() });
      }}
    >
      <input aria-label="Name" value={name} onChange={(event) => setName(event.target.value)} />
      <button type="submit" disabled={!fits}>
        Save as
      </button>
    </form>
  );
}

/** The address holds the whole definition: whoever opens it sees the same tiles. */
function Share({ address }: { readonly address: () => string }): ReactNode {
  const [shared, setShared] = useState<string | undefined>(undefined);
  const share = (): void => {
    setShared(address());
    // Without the right to the clipboard the address can be copied from its field.
    void navigator.clipboard?.writeText(address()).catch(() => undefined);
  };
  return (
    <>
      <button type="button" onClick={share}>
        Share
      </button>
      {shared !== undefined && (
        <input
          className="share-address"
          aria-label="Address to share"
          readOnly
          value={shared}
          onFocus={(event) => event.target.select()}
        />
      )}
    </>
  );
}
