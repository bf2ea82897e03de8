import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A request that Druid 33.0.0 was sent, and what it answered. */
export interface RecordedCase {
  /** `group/name`. */
  readonly id: string;
  readonly group: string;
  readonly request: {
    readonly method: string;
    readonly path: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: unknown;
    readonly rawBody?: string;
  };
  readonly response: {
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;
    /** The body's exact text; absent where it is binary. */
    readonly raw?: string;
    /** False where Druid itself gave two different answers. */
    readonly stable?: boolean;
  };
}

const CASES = join(import.meta.dirname, 'cases');
/** Pretty-printed answers: the layout of the text matters, which its own test compares. */
const OF_OTHER_TESTS = new Set(['pretty']);

/** Groups whose name begins with `prefix`, in order of name. */
export function recordedGroups(prefix = ''): readonly string[] {
  return readdirSync(CASES)
    .filter((group) => group.startsWith(prefix) && !OF_OTHER_TESTS.has(group))
    .toSorted();
}

/** Cases of a group in the order in which they were recorded, which matters where they change the server's state. */
export function recordedCases(group: string): readonly RecordedCase[] {
  return readdirSync(join(CASES, group))
    .toSorted()
    .map((file) => {
      const { request, response } = JSON.parse(readFileSync(join(CASES, group, file), 'utf8')) as RecordedCase;
      return { id: `${group}/${file.replace('.json', '')}`, group, request, response };
    });
}

/** Whether only a server that also holds TPC-H's lineitem can give this answer. */
export function needsLineitem({ request, response }: RecordedCase): boolean {
  return `${JSON.stringify(request)}${response.raw ?? ''}`.includes('lineitem');
}
