import { type ReactNode, useState } from 'react';
import { ErrorNote } from '../shared/notes.js';
import { ApiError } from '../shared/api.js';
import type { Answer } from './outcome.js';
import type { Language } from './run-query.js';

interface DownloadProps {
  readonly language: Language;
  readonly text: string;
  readonly answer: Answer;
}

const FORMATS = {
  csv: { title: 'CSV', resultFormat: 'csv', accept: 'text/csv' },
  json: { title: 'JSON', resultFormat: 'object', accept: 'application/json' },
  arrow: { title: 'Arrow', resultFormat: 'object', accept: 'application/vnd.apache.arrow.stream' },
} as const;
type Format = keyof typeof FORMATS;

/** Saves all rows: a statement is run again without the limit of the page, a native answer is what is shown. */
export function Download({ language, text, answer }: DownloadProps): ReactNode {
  const [error, setError] = useState<Error | undefined>(undefined);
  const [busy, setBusy] = useState(false);
  const formats: readonly Format[] = language === 'sql' ? ['csv', 'json', 'arrow'] : ['csv', 'json'];
  const download = async (format: Format): Promise<void> => {
    setBusy(true);
    setError(undefined);
    try {
      save(
        language === 'sql' ? await fetched(format, text) : new Blob([nativeText(format, answer)]),
        `result.${format}`,
      );
    } catch (failure) {
      setError(failure as Error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <span className="row" role="group" aria-label="Download">
        {formats.map((format) => (
          <button key={format} type="button" disabled={busy} onClick={() => void download(format)}>
            {FORMATS[format].title} ↓
          </button>
        ))}
      </span>
      <ErrorNote error={error} />
    </>
  );
}

async function fetched(format: Format, query: string): Promise<Blob> {
  const { resultFormat, accept } = FORMATS[format];
  const response = await fetch('/druid/v2/sql', {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(format === 'arrow' && { accept }) },
    body: JSON.stringify({ query, resultFormat, ...(format === 'csv' && { header: true }) }),
  });
  if (!response.ok)
    throw new ApiError(`The download failed with status ${response.status}. Run the query to see why.`, 0);
  return response.blob();
}

function nativeText(format: Format, { columns, rows }: Answer): string {
  const names = columns.map((column) => column.name);
  if (format === 'json')
    return JSON.stringify(rows.map((row) => Object.fromEntries(names.map((name, i) => [name, row[i]]))));
  return [names, ...rows].map((row) => row.map(csvCell).join(',')).join('\r\n');
}

function csvCell(value: unknown): string {
  if (value === null || value === undefined) return '';
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function save(blob: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}
