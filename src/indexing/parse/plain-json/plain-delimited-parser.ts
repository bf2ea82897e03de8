import { bindDelimitedRows, loadKernelModule } from '../../../vectors/kernels/wasm-kernels.js';
import type { DelimitedRecords } from '../delimited-records.js';
import type { BatchParser, MessageContext, RowHandler, RowParser } from '../row-handler.js';
import { PlainBatch } from './plain-batch.js';
import { PlainBatches } from './plain-batches.js';
import { isText, type PlainFields } from './plain-fields.js';
import { ParserMemory } from './parser-memory.js';
import { writePlainSchema } from './plain-schema.js';
import { TextDictionary } from './text-dictionary.js';

/** Columns of a file; those of wider files are left to the general parser. */
const MAX_POSITIONS = 1024;

/** Rows out of delimited lines without quotes and lists, by the thousand; single lines, headers and all else go to the general parser. */
export class PlainDelimitedParser implements RowParser {
  readonly batches: BatchParser;
  readonly #general: RowParser;

  constructor(fields: PlainFields, source: DelimitedRecords, general: RowParser) {
    this.#general = general;
    const memory = new ParserMemory();
    const kernel = bindDelimitedRows(loadKernelModule(), memory.memory);
    const dictionaries = fields.fields.map((field) => (isText(field) ? new TextDictionary(memory) : undefined));
    const schema = writePlainSchema(memory, fields, dictionaries);
    const positions = memory.allocate(MAX_POSITIONS * 4);
    let names: readonly string[] = [];
    const batch = new PlainBatch(
      memory,
      (...args) => kernel(...args, positions, names.length, source.stopBytes),
      fields,
      dictionaries,
      schema.pointer,
    );
    const batches = new PlainBatches(batch);
    this.batches = {
      push: (bytes) => {
        const found = source.knownNames;
        if (found === undefined || found.length > MAX_POSITIONS) return false;
        if (found !== names) {
          names = found;
          // Of columns of one name the last counts, as for the general parser.
          const numbers = names.map((name, at) =>
            names.lastIndexOf(name) === at ? fields.fields.findIndex((field) => field.name === name) : -1,
          );
          memory.words.set(numbers, positions >> 2);
        }
        return batches.push(bytes);
      },
      read: () => batches.read(),
    };
  }

  startFile(): void {
    this.#general.startFile();
  }

  parse(bytes: Uint8Array | null, handler: RowHandler, message?: MessageContext): void {
    this.#general.parse(bytes, handler, message);
  }
}
