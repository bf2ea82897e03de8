import { type ReactNode, useCallback, useState } from 'react';
import { ErrorNote } from '../shared/notes.js';
import { useAction } from '../shared/use-action.js';
import { ChooseSource } from './choose-source.js';
import { guessFormat, guessName, type InputFormat } from './guess.js';
import type { Load, Source } from './load-spec.js';
import { Preview } from './preview.js';
import { type Sample, sampleLoad, sampleTime } from './sample.js';

interface LoadDataProps {
  readonly onClose: () => void;
  readonly onSubmitted: () => void;
}

/** From a file or topic to rows, in two steps: choose, then look at what it would be and submit. */
export function LoadData({ onClose, onSubmitted }: LoadDataProps): ReactNode {
  const [load, setLoad] = useState<Load | undefined>(undefined);
  const [sample, setSample] = useState<Sample | undefined>(undefined);
  const { busy, error, run } = useAction();
  const resample = useCallback(
    (next: Load) =>
      run(async () => {
        setLoad(next);
        setSample(await sampleLoad(next));
      }),
    [run],
  );
  const choose = (source: Source): void =>
    run(async () => {
      const format: InputFormat = source.kind === 'file' ? guessFormat(source.text) : { type: 'json' };
      const time = await sampleTime(source, format);
      if (time === undefined) {
        throw new Error(
          'No column holds times in every record. Millrace needs one, such as 2026-01-31T12:00:00Z or seconds since 1970.',
        );
      }
      const dataSource = guessName(source.kind === 'file' ? source.name : source.topic);
      resample({ source, format, dataSource, time, columns: undefined, segmentGranularity: 'day' });
    });
  return (
    <section className="panel load" aria-label="Load data">
      <div className="panel-head">
        <h2>Load data</h2>
        <span className="faint small">{load === undefined ? '1 of 2: where it is' : '2 of 2: what it will be'}</span>
        <span className="push-right row">
          {load !== undefined && (
            <button
              type="button"
              className="quiet"
              onClick={() => {
                setLoad(undefined);
                setSample(undefined);
              }}
            >
              Back
            </button>
          )}
          <button type="button" className="quiet" onClick={onClose}>
            Close
          </button>
        </span>
      </div>
      <ErrorNote error={error} />
      {busy && (
        <p className="faint" role="status">
          Sampling…
        </p>
      )}
      {load === undefined && <ChooseSource busy={busy} onChoose={choose} />}
      {load !== undefined && sample !== undefined && (
        <Preview load={load} sample={sample} onChange={setLoad} onSample={resample} onSubmitted={onSubmitted} />
      )}
    </section>
  );
}
