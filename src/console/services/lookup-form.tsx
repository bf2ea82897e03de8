import { type ReactNode, useState } from 'react';
import { ErrorNote } from '../shared/notes.js';

export interface NewLookup {
  readonly name: string;
  readonly map: Readonly<Record<string, string>>;
}

interface LookupFormProps {
  readonly busy: boolean;
  readonly onAdd: (lookup: NewLookup) => void;
}

/** A name, and lines of key and value. */
export function LookupForm({ busy, onAdd }: LookupFormProps): ReactNode {
  const [name, setName] = useState('');
  const [text, setText] = useState('');
  const [problem, setProblem] = useState<string | undefined>(undefined);
  const submit = (): void => {
    const lines = text.split('\n').filter((line) => line.trim() !== '');
    const broken = lines.find((line) => !line.includes('='));
    setProblem(broken === undefined ? undefined : `The line “${broken}” has no “=” between key and value.`);
    if (broken !== undefined) return;
    const pairs = lines.map((line) => [
      line.slice(0, line.indexOf('=')).trim(),
      line.slice(line.indexOf('=') + 1).trim(),
    ]);
    onAdd({ name, map: Object.fromEntries(pairs) as Readonly<Record<string, string>> });
  };
  return (
    <form
      className="lookup-form"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <label className="field">
        Name
        <input required value={name} onChange={(event) => setName(event.target.value)} />
      </label>
      <label className="field">
        One key=value a line
        <textarea
          required
          rows={5}
          placeholder="de=Germany"
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
      </label>
      <ErrorNote error={problem} />
      <button type="submit" className="primary" disabled={busy}>
        Save lookup
      </button>
    </form>
  );
}
