import type { FilterTree } from '../filter/filter-tree.js';
import { ComparisonNode } from './comparison-node.js';
import { filterVerdict } from '../filter/filter-verdict.js';
import { AndNode, type ByZones, NotNode, OrNode } from './logic-nodes.js';
import type { SelectorNode } from './selector-node.js';
import type { Workspace } from './workspace.js';

/** Makes a filter executable by kernels. @param depth of the buffers that its root may use; the fields use deeper ones */
export function compileSelector(tree: FilterTree, depth: number, workspace: Workspace): SelectorNode {
  const byZones: ByZones = (zoneOf) => filterVerdict(tree, zoneOf);
  switch (tree.kind) {
    case 'true':
      return new AndNode([], byZones, depth, workspace);
    case 'false':
      return new OrNode([], byZones, depth, workspace);
    case 'and':
    case 'or': {
      const fields = tree.fields.map((field) => compileSelector(field, depth + 1, workspace));
      const Node = tree.kind === 'and' ? AndNode : OrNode;
      return new Node(fields, byZones, depth, workspace);
    }
    case 'not':
      return new NotNode(compileSelector(tree.field, depth, workspace), workspace);
    case 'compare':
      return new ComparisonNode(tree.comparison, depth, workspace);
  }
}
