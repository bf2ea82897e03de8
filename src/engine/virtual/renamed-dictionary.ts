import type { Dictionary } from '../../vectors/block.js';

const views = new WeakMap<Dictionary, Dictionary>();

/** The same ids and values under another key: whoever knows a stored column by its key does not know a virtual one. */
export function renamed(dictionary: Dictionary): Dictionary {
  let view = views.get(dictionary);
  if (view === undefined) {
    view = {
      key: `${dictionary.key}\nrenamed`,
      size: dictionary.size,
      sorted: dictionary.sorted,
      derived: dictionary.derived ?? 'everywhere',
      value: (id) => dictionary.value(id),
      idOf: (value) => dictionary.idOf(value),
    };
    views.set(dictionary, view);
  }
  return view;
}
