import { type ReactNode, useState } from 'react';
import { api } from '../shared/api.js';
import { CodeBlock } from '../shared/code-block.js';
import { formatTime } from '../shared/format.js';
import { EmptyState, ErrorNote } from '../shared/notes.js';
import { useAction } from '../shared/use-action.js';
import { usePolled } from '../shared/use-polled.js';

const PERIOD_MS = 5000;

/** A record that could not be read as a row. */
interface Letter {
  readonly partition: string;
  readonly offset: number;
  readonly incarnation: string;
  readonly timestamp: string;
  readonly reason: string;
  readonly record?: string;
  readonly recordBase64?: string;
}

/** Records that could not be read, why, and the way to read them again once the spec fits them. */
export function DeadLetters({ supervisorId }: { readonly supervisorId: string }): ReactNode {
  const path = `/v1/deadLetters/${encodeURIComponent(supervisorId)}`;
  const { data, error, refresh } = usePolled((signal) => api<readonly Letter[]>(path, { signal }), PERIOD_MS, path);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [task, setTask] = useState<string | undefined>(undefined);
  const action = useAction(refresh);
  const replay = (): void =>
    action.run(async () => {
      const letters = data
        ?.filter((letter) => chosen.has(keyOf(letter)))
        .map(({ partition, offset, incarnation }) => ({ partition, offset, incarnation }));
      const body = chosen.size === 0 ? {} : { body: { letters } };
      const { task: id } = await api<{ readonly task: string }>(`${path}/replay`, { method: 'POST', ...body });
      setTask(id);
      setChosen(new Set());
    });
  if (data?.length === 0) {
    return (
      <EmptyState title="No dead letters">
        <p>
          Records that cannot be read as rows are kept here with the reason, so that they can be read again when the
          spec is right.
        </p>
      </EmptyState>
    );
  }
  return (
    <>
      <ErrorNote error={action.error ?? error} />
      <div className="row">
        <button type="button" disabled={action.busy || data === undefined} onClick={replay}>
          {chosen.size === 0 ? 'Replay all' : `Replay ${chosen.size}`}
        </button>
        <span className="faint small" role="status">
          {task === undefined ? 'Reads the records again with the spec of now.' : `Task ${task} reads them again.`}
        </span>
      </div>
      <ul className="letters" aria-label="Dead letters">
        {data?.map((letter) => (
          <LetterItem
            key={keyOf(letter)}
            letter={letter}
            chosen={chosen.has(keyOf(letter))}
            onChoose={() => setChosen((old) => toggled(old, keyOf(letter)))}
          />
        ))}
      </ul>
    </>
  );
}

interface LetterItemProps {
  readonly letter: Letter;
  readonly chosen: boolean;
  readonly onChoose: () => void;
}

function LetterItem({ letter, chosen, onChoose }: LetterItemProps): ReactNode {
  return (
    <li>
      <label className="row">
        <input type="checkbox" checked={chosen} onChange={onChoose} />
        <span className="small">
          Partition {letter.partition}, offset {letter.offset}
        </span>
        <span className="faint small">{formatTime(letter.timestamp)}</span>
      </label>
      <p className="reason">{letter.reason}</p>
      <CodeBlock
        label={`Record at offset ${letter.offset}`}
        text={letter.record ?? `${letter.recordBase64 ?? ''} (base64)`}
      />
    </li>
  );
}

function toggled(chosen: ReadonlySet<string>, key: string): ReadonlySet<string> {
  const others = [...chosen].filter((other) => other !== key);
  return new Set(others.length < chosen.size ? others : [...others, key]);
}

function keyOf({ partition, offset, incarnation }: Letter): string {
  return `${incarnation}:${partition}:${offset}`;
}
