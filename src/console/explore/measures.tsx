import type { ReactNode } from 'react';
import type { Column } from '../shared/column.js';
import { MAX_MEASURES, type Measure, measureTitle } from './view.js';

interface MeasuresProps {
  readonly columns: readonly Column[];
  readonly measures: readonly Measure[];
  readonly onChange: (measures: readonly Measure[]) => void;
}

const NUMBER = /^(BIGINT|DOUBLE|FLOAT)$/;

/** The measure that values are in order of, and others beside it. */
export function Measures({ columns, measures, onChange }: MeasuresProps): ReactNode {
  const all = measuresOf(columns);
  const titles = measures.map(measureTitle);
  const named = (title: string): Measure => all.find((one) => measureTitle(one) === title)!;
  const left = all.filter((one) => !titles.includes(measureTitle(one)));
  const [first, ...others] = measures;
  return (
    <>
      <label className="field">
        Measure
        <select
          id="measure"
          value={measureTitle(first!)}
          onChange={(event) => onChange([named(event.target.value), ...others])}
        >
          {all.map((measure) => {
            const title = measureTitle(measure);
            return (
              <option key={title} disabled={titles.indexOf(title) > 0}>
                {title}
              </option>
            );
          })}
        </select>
      </label>
      {others.map((measure) => (
        <button
          key={measureTitle(measure)}
          type="button"
          className="chip"
          aria-label={`Remove ${measureTitle(measure)}`}
          onClick={() => onChange(measures.filter((one) => one !== measure))}
        >
          {measureTitle(measure)} ×
        </button>
      ))}
      {measures.length < MAX_MEASURES && left.length > 0 && (
        <select
          id="add-measure"
          aria-label="Add a measure"
          value=""
          onChange={(event) => onChange([...measures, named(event.target.value)])}
        >
          <option value="" disabled>
            + measure
          </option>
          {left.map((measure) => (
            <option key={measureTitle(measure)}>{measureTitle(measure)}</option>
          ))}
        </select>
      )}
    </>
  );
}

function measuresOf(columns: readonly Column[]): readonly Measure[] {
  return [
    { kind: 'count' },
    ...columns.flatMap(({ name: column, type }): readonly Measure[] => {
      if (type === 'VARCHAR') return [{ kind: 'distinct', column }];
      if (!NUMBER.test(type)) return [];
      return (['sum', 'avg', 'min', 'max'] as const).map((kind) => ({ kind, column }));
    }),
  ];
}
