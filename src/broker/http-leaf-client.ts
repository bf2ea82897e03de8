import { DruidError } from '../common/druid-error.js';
import type { OffsetVector } from '../metadata/offset-vector.js';
import type { NodeRow } from '../metadata/metadata-store.js';
import type { NodeLeaf } from '../plan/leaf-plan.js';
import type { BlockCounts, LeafClient, LeafRequest, LeafResponse } from '../protocol/leaf.js';
import { decodeTable } from '../protocol/table-codec.js';

/** Path of the endpoint that runs a leaf for another node. */
export const LEAF_PATH = '/internal/v1/leaf';
/** Response headers beside the Arrow body: the vector reached (JSON), the rows looked at, those left out before a scan's page, and the blocks (JSON). */
export const LEAF_TO_HEADER = 'x-millrace-to';
export const LEAF_ROWS_HEADER = 'x-millrace-rows';
export const LEAF_SKIPPED_HEADER = 'x-millrace-skipped';
export const LEAF_BLOCKS_HEADER = 'x-millrace-blocks';

/** The node could not be reached or broke off: another may be asked instead. */
export class NodeUnreachable extends Error {
  override readonly name = 'NodeUnreachable';
}

/** Runs leaves on another node: JSON request, Arrow IPC answer; 409 with a reason when it refuses. */
export class HttpLeafClient implements LeafClient<NodeLeaf> {
  readonly #url: string;

  constructor(node: NodeRow) {
    this.#url = `http://${node.host}:${node.port}${LEAF_PATH}`;
  }

  async run(request: LeafRequest<NodeLeaf>, signal: AbortSignal): Promise<LeafResponse> {
    let response: Response;
    let body: Uint8Array;
    try {
      response = await fetch(this.#url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(request),
        signal,
      });
      body = new Uint8Array(await response.arrayBuffer());
    } catch (error) {
      signal.throwIfAborted();
      throw new NodeUnreachable(`Node at [${this.#url}] did not answer`, { cause: error });
    }
    if (response.status === 409) return { kind: 'refused', reason: new TextDecoder().decode(body) };
    // 404: it listens already, but its roles are not started.
    if (response.status === 503 || response.status === 404) {
      throw new NodeUnreachable(`Node at [${this.#url}] is not serving`);
    }
    if (response.status !== 200) {
      throw new DruidError(`Node at [${this.#url}] failed: ${new TextDecoder().decode(body)}`, {
        category: 'RUNTIME_FAILURE',
        persona: 'OPERATOR',
      });
    }
    const to = response.headers.get(LEAF_TO_HEADER);
    const blocks = response.headers.get(LEAF_BLOCKS_HEADER);
    return {
      kind: 'partial',
      table: await decodeTable(body),
      rowsScanned: Number(response.headers.get(LEAF_ROWS_HEADER) ?? 0),
      rowsSkipped: Number(response.headers.get(LEAF_SKIPPED_HEADER) ?? 0),
      ...(blocks !== null && { blocks: JSON.parse(blocks) as BlockCounts }),
      ...(to !== null && { to: JSON.parse(to) as OffsetVector }),
    };
  }
}
