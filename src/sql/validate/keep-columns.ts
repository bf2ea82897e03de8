import { input } from '../rex/rex-tools.js';
import { project, type Rel } from '../rel/rel.js';

/** Only the first `count` columns, under their names. */
export function keepColumns(rel: Rel, count: number): Rel {
  if (rel.fields.length === count) return rel;
  const kept = rel.fields.slice(0, count);
  return project(
    rel,
    kept.map((f, i) => input(i, f.type)),
    kept.map((f) => f.name),
  );
}
