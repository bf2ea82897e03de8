/** `transformSpec`: columns worked out at ingestion, and a filter on rows. @source Druid `TransformSpec.java`, `ExpressionTransform.java` */
import { invalidInput } from '../../common/druid-error.js';
import { checkExpression } from '../../query/check-expression.js';
import type { Filter } from '../../query/native-query.js';
import { parseFilter } from '../../query/parse-filter.js';
import type { ParseScope } from '../../query/parse-scope.js';
import {
  cannotConstruct,
  isObject,
  type JsonObject,
  optionalArray,
  optionalString,
  typeOf,
  unknownType,
} from './json-reader.js';

/** One column by an expression over the record as it was read. */
export interface Transform {
  readonly name: string;
  readonly expression: string;
}

export interface TransformSpec {
  /** In order of mention; a name may be that of a field of the record, which it hides. */
  readonly transforms: readonly Transform[];
  /** Rows for which it is not true are thrown away; it sees the transformed row. */
  readonly filter: Filter | null;
}

const TRANSFORM_CLASS = 'org.apache.druid.segment.transform.Transform';
const SPEC_CLASS = 'org.apache.druid.segment.transform.TransformSpec';

/** @param scope gets the columns that the filter computes */
export function parseTransformSpec(json: JsonObject | undefined, scope: ParseScope): TransformSpec {
  const spec = json ?? {};
  const transforms = (optionalArray(spec, 'transforms') ?? []).map(parseTransform);
  const seen = new Set<string>();
  for (const { name } of transforms) {
    if (seen.has(name)) throw cannotConstruct(SPEC_CLASS, `Transform name '${name}' cannot be used twice`);
    seen.add(name);
  }
  const filter = spec['filter'] === undefined || spec['filter'] === null ? null : parseFilter(spec['filter'], scope);
  return { transforms, filter };
}

function parseTransform(json: unknown): Transform {
  const type = typeOf(json, TRANSFORM_CLASS);
  if (type !== 'expression' || !isObject(json)) throw unknownType(type, TRANSFORM_CLASS, ['expression']);
  const name = optionalString(json, 'name');
  if (name === undefined) throw cannotConstruct('org.apache.druid.segment.transform.ExpressionTransform', 'name');
  const expression = optionalString(json, 'expression');
  if (expression === undefined)
    throw cannotConstruct('org.apache.druid.segment.transform.ExpressionTransform', 'expression');
  const verdict = checkExpression(expression);
  if ('problem' in verdict) throw invalidInput(verdict.problem);
  return { name, expression };
}
