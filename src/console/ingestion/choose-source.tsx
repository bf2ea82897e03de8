import { type DragEvent, type ReactNode, useState } from 'react';
import { ErrorNote } from '../shared/notes.js';
import type { Source } from './load-spec.js';

interface ChooseSourceProps {
  readonly busy: boolean;
  readonly onChoose: (source: Source) => void;
}

/** A request holds the file whole; a larger one is pushed or put where a task reads it. */
const MOST_BYTES = 32 * 1024 * 1024;

/** A file that is dropped here, or a Kafka topic. */
export function ChooseSource({ busy, onChoose }: ChooseSourceProps): ReactNode {
  const [over, setOver] = useState(false);
  const [problem, setProblem] = useState<string | undefined>(undefined);
  const take = (file: File | undefined): void => {
    if (file === undefined) return;
    if (file.size > MOST_BYTES) {
      setProblem(
        `${file.name} is larger than 32 MiB. Push it in parts to /v1/push, or submit a task that reads it from where it is.`,
      );
      return;
    }
    setProblem(undefined);
    void file.text().then((text) => onChoose({ kind: 'file', name: file.name, text }));
  };
  const drop = (event: DragEvent): void => {
    event.preventDefault();
    setOver(false);
    take(event.dataTransfer.files[0]);
  };
  return (
    <div className="grid-2">
      <div
        className="drop"
        data-over={over}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={drop}
      >
        <h3>A file</h3>
        <p className="faint">Drop it here: JSON lines, CSV or TSV with a header.</p>
        <input type="file" aria-label="File" disabled={busy} onChange={(event) => take(event.target.files?.[0])} />
        <ErrorNote error={problem} />
      </div>
      <KafkaForm busy={busy} onChoose={onChoose} />
    </div>
  );
}

function KafkaForm({ busy, onChoose }: ChooseSourceProps): ReactNode {
  const [servers, setServers] = useState('localhost:9092');
  const [topic, setTopic] = useState('');
  return (
    <form
      className="drop"
      onSubmit={(event) => {
        event.preventDefault();
        onChoose({ kind: 'kafka', servers, topic });
      }}
    >
      <h3>A Kafka topic</h3>
      <label className="field">
        Servers
        <input required value={servers} onChange={(event) => setServers(event.target.value)} />
      </label>
      <label className="field">
        Topic
        <input required value={topic} onChange={(event) => setTopic(event.target.value)} />
      </label>
      <button type="submit" disabled={busy}>
        Sample the topic
      </button>
    </form>
  );
}
