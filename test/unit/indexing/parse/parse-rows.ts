/** Parses records with a spec, for tests. */
import { type FormatServices, openRecordSource } from '../../../../src/indexing/parse/record-source.js';
import { HttpAccess } from '../../../../src/indexing/http-access.js';
import { createRowParser } from '../../../../src/indexing/parse/row-parser.js';
import type { MessageContext } from '../../../../src/indexing/parse/row-handler.js';
import { parseDataSchema } from '../../../../src/indexing/spec/data-schema.js';
import { parseStreamInputFormat } from '../../../../src/indexing/spec/input-format.js';
import { InternedText } from '../../../../src/segments/incremental/interned-text.js';
import { DimensionList } from '../../../../src/segments/incremental/dimension-list.js';

export interface ParsedRows {
  readonly rows: readonly {
    readonly time: number;
    readonly values: Readonly<Record<string, unknown>>;
    readonly inputs: readonly unknown[];
  }[];
  readonly unparseable: readonly string[];
  readonly filtered: number;
}

export interface Message extends Partial<MessageContext> {
  readonly value: string | Uint8Array | null;
}

const NO_SERVICES: FormatServices = {
  http: new HttpAccess([]),
  readFile: () => Promise.reject(new Error('no files')),
};

/** A text with a number as its text. */
export function plainValue(value: unknown): unknown {
  return value instanceof InternedText ? value.text : value;
}

export async function parseRows(
  dataSchema: object,
  inputFormat: object,
  messages: readonly (string | Uint8Array | Message)[],
  services: Partial<FormatServices> = {},
): Promise<ParsedRows> {
  const schema = parseDataSchema({ dataSource: 'x', timestampSpec: { column: 't', format: 'auto' }, ...dataSchema });
  const dimensions = new DimensionList(schema.dimensionsSpec.dimensions);
  const source = await openRecordSource(parseStreamInputFormat(inputFormat), { ...NO_SERVICES, ...services });
  const parser = createRowParser(schema, source, dimensions);
  const rows: ParsedRows['rows'][number][] = [];
  const unparseable: string[] = [];
  let filtered = 0;
  for (const message of messages) {
    const { value, ...context } =
      typeof message === 'string' || message instanceof Uint8Array ? { value: message } : message;
    const bytes = typeof value === 'string' ? Buffer.from(value) : value;
    await parser.prepare?.([bytes]);
    parser.parse(
      bytes,
      {
        onRow: (row) => {
          const values = Object.fromEntries(
            dimensions.schemas.map(({ name }, i) => [name, plainValue(row.dimensions[i] ?? null)]),
          );
          rows.push({ time: row.timestampMs, values, inputs: [...row.inputs] });
        },
        onUnparseable: (reason) => unparseable.push(reason),
        onFiltered: () => filtered++,
      },
      { key: null, timestampMs: 0, ...context },
    );
  }
  return { rows, unparseable, filtered };
}
