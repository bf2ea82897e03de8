import {
  LEAF_BLOCKS_HEADER,
  LEAF_PATH,
  LEAF_ROWS_HEADER,
  LEAF_SKIPPED_HEADER,
  LEAF_TO_HEADER,
} from '../../../broker/http-leaf-client.js';
import { assert } from '../../../common/assert.js';
import type { NodeLeaf } from '../../../plan/leaf-plan.js';
import type { LeafClient, LeafRequest } from '../../../protocol/leaf.js';
import { encodeTable } from '../../../protocol/table-codec.js';
import { type HttpRequest, type HttpResponse, text } from '../http-message.js';
import type { Router } from '../router.js';

/** Runs leaves for other nodes: JSON request, Arrow IPC answer, 409 with the reason when the state is not served here. */
export function addLeafRoutes(router: Router, local: LeafClient<NodeLeaf>): void {
  router.add('POST', LEAF_PATH, (request) => runLeaf(request, local));
}

async function runLeaf(request: HttpRequest, local: LeafClient<NodeLeaf>): Promise<HttpResponse> {
  const leaf: unknown = JSON.parse(new TextDecoder().decode(await request.body()));
  assert(isLeafRequest(leaf), 'Leaf request of another node is malformed');
  const response = await local.run(leaf, request.signal);
  if (response.kind === 'refused') return text(response.reason, 409);
  return {
    status: 200,
    headers: {
      'content-type': 'application/vnd.apache.arrow.stream',
      [LEAF_ROWS_HEADER]: String(response.rowsScanned),
      ...(response.rowsSkipped && { [LEAF_SKIPPED_HEADER]: String(response.rowsSkipped) }),
      ...(response.blocks && { [LEAF_BLOCKS_HEADER]: JSON.stringify(response.blocks) }),
      ...(response.to && { [LEAF_TO_HEADER]: JSON.stringify(response.to) }),
    },
    body: await encodeTable(response.table),
  };
}

/** Nodes of one version talk to each other: the outline is checked, the plan inside is taken as sent. */
function isLeafRequest(value: unknown): value is LeafRequest<NodeLeaf> {
  return typeof value === 'object' && value !== null && 'plan' in value && 'target' in value && 'queryId' in value;
}
