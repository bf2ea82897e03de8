/** The element of the page with this id. @throws Error when the page lacks it */
export function byId(id: string): HTMLElement {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`Page has no element [${id}]`);
  return element;
}
