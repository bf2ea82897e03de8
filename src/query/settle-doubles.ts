import { JsonDouble } from '../common/json-double.js';

/** Members that Druid reads as text, by the type of their object: a number keeps the form in which it was written. */
const TEXTS: Readonly<Record<string, readonly string[]>> = {
  constant: ['value'],
  selector: ['value'],
  bound: ['lower', 'upper'],
  in: ['values'],
};

/**
 * A request whose whole doubles are ordinary numbers, but for members that are text to Druid, where `1.0` is not `1`.
 * @param json as `parseTypedJson` gives it; not changed
 */
export function settleDoubles(json: unknown): unknown {
  return settled(json, false);
}

function settled(json: unknown, isText: boolean): unknown {
  if (json instanceof JsonDouble) return isText ? json.toString() : json.value;
  if (typeof json !== 'object' || json === null) return json;
  if (Array.isArray(json)) return json.map((element) => settled(element, isText));
  const fields = json as Readonly<Record<string, unknown>>;
  const type = fields['type'];
  const texts = typeof type === 'string' && Object.hasOwn(TEXTS, type) ? TEXTS[type]! : [];
  return Object.fromEntries(
    Object.entries(fields).map(([name, member]) => [name, settled(member, texts.includes(name))]),
  );
}
