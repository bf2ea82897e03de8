import { differ, type DifferRules } from './differ.js';
import { exactText, parseExactJson, type ExactJson } from './exact-json.js';
import type { RecordedCase } from './recorded-case.js';

export interface ServerAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

export interface Verdict {
  /** Why the answer is another one than Druid's. */
  readonly difference: string | null;
  /** Another text for people in an error that is otherwise the same. */
  readonly message?: string;
}

/** Answers about machines, moments and other servers' data. */
const SHAPE_GROUPS: ReadonlySet<string> = new Set(['status', 'coordinator', 'overlord', 'supervisor', 'stateful']);
const SHAPE_VOLATILE: ReadonlySet<string> = new Set([
  'size',
  'version',
  'host',
  'plaintextPort',
  'duration',
  'createdTime',
  'queueInsertionTime',
]);
/** Bytes that Druid's own file format would take. */
const SEGMENT_METADATA_VOLATILE: ReadonlySet<string> = new Set(['size']);
/** Of the segments that would answer. */
const CANDIDATES_VOLATILE: ReadonlySet<string> = new Set(['size', 'version']);
const NOTHING: ReadonlySet<string> = new Set();
/** Texts of Druid's JSON library, which name its Java classes. */
const JACKSON = /jackson|reference chain|Source: /i;
const ERROR_CODES = ['error', 'errorCode', 'persona', 'category'];
const ERROR_TEXTS = ['errorMessage', 'errorClass'];

/** Compares an answer with the recorded one; `node` is the `host:port` of the asked server. */
export function judge(recorded: RecordedCase, answer: ServerAnswer, node: string): Verdict {
  const want = recorded.response;
  if (want.status !== answer.status) {
    return { difference: `status ${want.status} expected, got ${answer.status}: ${answer.text.slice(0, 300)}` };
  }
  const header = headerDifference(want, answer.headers);
  if (header !== null) return { difference: header };
  const raw = want.raw ?? '';
  if (raw === '' || mediaType(want.headers['content-type']) === 'text/html') return { difference: null };
  const rules = rulesFor(recorded, node);
  const wanted = parsed(raw);
  if (wanted === undefined) return { difference: textDifference(raw, answer.text, rules) };
  const got = parsed(answer.text);
  if (got === undefined) return { difference: `JSON expected, got ${JSON.stringify(answer.text.slice(0, 300))}` };
  if (answer.status >= 400 && wanted instanceof Map) return judgeError(wanted, got);
  return { difference: differ(wanted, got, rules) ?? endDifference(raw, answer.text) };
}

function rulesFor({ group, request, response }: RecordedCase, node: string): DifferRules {
  const isSystemTable = group === 'sql-metadata' && /sys\./i.test(JSON.stringify(request.body ?? ''));
  const shapeOnly = response.stable === false || SHAPE_GROUPS.has(group) || isSystemTable;
  return {
    shapeOnly,
    volatile: shapeOnly ? SHAPE_VOLATILE : volatileOf(group, request.path),
    neutral: (text) => hideNodes(hideVersions(text), node),
  };
}

function volatileOf(group: string, path: string): ReadonlySet<string> {
  if (group === 'segmentMetadata') return SEGMENT_METADATA_VOLATILE;
  return path.includes('/candidates') ? CANDIDATES_VOLATILE : NOTHING;
}

/** A segment's id ends in the time of its publishing, perhaps with a partition number after it. */
function hideVersions(text: string): string {
  const time = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z`;
  return text.replace(new RegExp(`(_${time}_${time}_)${time}`, 'g'), '$1VERSION');
}

/** Recorded nodes are ports of localhost. */
function hideNodes(text: string, node: string): string {
  return text.replaceAll(node, 'NODE').replaceAll(/\blocalhost:\d{4,5}\b/g, 'NODE');
}

function headerDifference({ headers: want, raw = '' }: RecordedCase['response'], got: Headers): string | null {
  // Nothing has no type.
  const type = raw === '' ? undefined : mediaType(want['content-type']);
  if (type !== undefined && type !== 'text/html' && type !== mediaType(got.get('content-type') ?? undefined)) {
    return `content-type ${type} expected, got ${got.get('content-type')}`;
  }
  const absent = Object.keys(want).find((name) => name.startsWith('x-druid-') && !got.has(name));
  return absent === undefined ? null : `header ${absent} expected`;
}

function mediaType(header: string | undefined): string | undefined {
  return header?.split(';')[0]?.trim().toLowerCase();
}

/** Lines of JSON line by line, any other text as a whole. */
function textDifference(want: string, got: string, rules: DifferRules): string | null {
  if (rules.neutral(want) === rules.neutral(got)) return null;
  const wanted = want.split('\n');
  const lines = got.split('\n');
  const first = wanted.findIndex((line, i) => {
    const [a, b] = [parsed(line), parsed(lines[i] ?? '')];
    if (a === undefined || b === undefined) return rules.neutral(line) !== rules.neutral(lines[i] ?? '\n');
    return differ(a, b, rules) !== null;
  });
  if (first === -1 && wanted.length === lines.length) return null;
  const at = first === -1 ? wanted.length : first;
  const quoted = (line: string | undefined): string => JSON.stringify(line?.slice(0, 300)) ?? 'nothing';
  return `line ${at + 1}: ${quoted(wanted[at])} expected, got ${quoted(lines[at])}`;
}

function endDifference(want: string, got: string): string | null {
  const end = (text: string): string => JSON.stringify(/\n*$/.exec(text)?.[0]);
  return end(want) === end(got) ? null : `end of text ${end(want)} expected, got ${end(got)}`;
}

function judgeError(want: ReadonlyMap<string, ExactJson>, got: ExactJson): Verdict {
  const mine = got instanceof Map ? (got as ReadonlyMap<string, ExactJson>) : new Map<string, ExactJson>();
  const isJackson = [...want.values()].some((value) => typeof value === 'string' && JACKSON.test(value));
  for (const key of ERROR_CODES) {
    const value = want.get(key);
    if (value === undefined || value === 'Unknown exception') continue;
    if (value !== mine.get(key))
      return { difference: `${key}: ${exactText(value)} expected, got ${exactText(mine.get(key))}` };
  }
  const other = isJackson
    ? undefined
    : ERROR_TEXTS.find((key) => exactText(want.get(key)) !== exactText(mine.get(key)));
  if (other === undefined) return { difference: null };
  return {
    difference: null,
    message: `${other}: ${exactText(want.get(other))} expected, got ${exactText(mine.get(other))}`,
  };
}

function parsed(text: string): ExactJson | undefined {
  try {
    return parseExactJson(text);
  } catch {
    return undefined;
  }
}
