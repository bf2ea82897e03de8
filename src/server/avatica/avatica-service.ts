import { DruidError, invalidInput } from '../../common/druid-error.js';
import { isObject, type JsonObject } from '../../query/json-fields.js';
import type { BrokerCatalog } from '../sql/broker-catalog.js';
import type { RunningQueries } from '../sql/running-queries.js';
import type { SqlService } from '../sql/sql-service.js';
import { NoSuchConnection } from './avatica-error.js';
import { Connection } from './connection.js';
import type { AvaticaResponse, ConnectionProperties, ResultSetResponse } from './messages.js';
import {
  catalogsResult,
  columnsResult,
  schemasResult,
  tablesResult,
  tableTypesResult,
  typeInfoResult,
} from './metadata-results.js';
import {
  type AvaticaRequest,
  connectionIdOf,
  limitOf,
  namePatterns,
  parametersOf,
  sqlOf,
  statementIdOf,
} from './requests.js';

/** `druid.sql.avatica.maxConnections`, `connectionIdleTimeout`. */
const MAX_CONNECTIONS = 25;
const IDLE_MS = 5 * 60_000;

export interface AvaticaServiceOptions {
  readonly sql: SqlService;
  readonly catalog: BrokerCatalog;
  readonly running: RunningQueries;
  readonly nowMs: () => number;
}

/**
 * JDBC as Avatica's driver speaks it, whatever the dialect of the messages.
 * @source Druid `sql/avatica/DruidMeta.java`; Avatica `LocalService.java`
 */
export class AvaticaService {
  readonly #options: AvaticaServiceOptions;
  readonly #connections = new Map<string, Connection>();

  constructor(options: AvaticaServiceOptions) {
    this.#options = options;
  }

  /** @throws DruidError, which becomes an error message of the dialect */
  async handle({ name, fields }: AvaticaRequest): Promise<AvaticaResponse> {
    await this.closeIdle();
    if (name === 'openConnection') return this.#open(fields);
    if (name === 'closeConnection') return this.#close(connectionIdOf(fields));
    const connection = this.#connection(connectionIdOf(fields));
    connection.requests++;
    try {
      const metadata = await this.#metadata(name, fields, connection);
      return metadata ?? (await this.#statement(name, fields, connection));
    } finally {
      connection.requests--;
      connection.lastUsedMs = this.#options.nowMs();
    }
  }

  /** Closes connections that nobody has used for long, with the queries that they left open. */
  async closeIdle(): Promise<void> {
    const since = this.#options.nowMs() - IDLE_MS;
    for (const connection of this.#connections.values()) {
      if (connection.requests === 0 && connection.lastUsedMs < since) await this.#close(connection.id);
    }
  }

  /** Closes everything, when the server stops. */
  async stop(): Promise<void> {
    await Promise.all([...this.#connections.keys()].map((id) => this.#close(id)));
  }

  async #open(fields: JsonObject): Promise<AvaticaResponse> {
    const id = connectionIdOf(fields);
    if (this.#connections.has(id)) throw invalidInput(`Connection [${id}] already open.`);
    if (this.#connections.size >= MAX_CONNECTIONS) {
      throw new DruidError(`Too many connections, limit is ${MAX_CONNECTIONS}`, { category: 'CAPACITY_EXCEEDED' });
    }
    const info = isObject(fields['info']) ? fields['info'] : {};
    this.#connections.set(id, new Connection(id, info, this.#options, this.#options.nowMs()));
    return { response: 'openConnection' };
  }

  async #close(id: string): Promise<AvaticaResponse> {
    const connection = this.#connections.get(id);
    this.#connections.delete(id);
    await connection?.close();
    return { response: 'closeConnection' };
  }

  #connection(id: string): Connection {
    const connection = this.#connections.get(id);
    if (connection === undefined) throw new NoSuchConnection(id);
    connection.lastUsedMs = this.#options.nowMs();
    return connection;
  }

  async #metadata(name: string, fields: JsonObject, connection: Connection): Promise<ResultSetResponse | undefined> {
    const { catalog } = this.#options;
    switch (name) {
      case 'getCatalogs':
        return connection.metadata(catalogsResult());
      case 'getTableTypes':
        return connection.metadata(tableTypesResult());
      case 'getTypeInfo':
        return connection.metadata(typeInfoResult());
      case 'getSchemas':
        return connection.metadata(schemasResult(catalog, namePatterns(fields)));
      case 'getTables':
        return connection.metadata(await tablesResult(catalog, namePatterns(fields)));
      case 'getColumns':
        return connection.metadata(await columnsResult(catalog, namePatterns(fields)));
      default:
        return undefined;
    }
  }

  async #statement(name: string, fields: JsonObject, connection: Connection): Promise<AvaticaResponse> {
    switch (name) {
      case 'databaseProperties':
        return { response: 'databaseProperties', map: {} };
      case 'connectionSync':
        return { response: 'connectionSync', connProps: synced(fields) };
      case 'createStatement':
        return { response: 'createStatement', connectionId: connection.id, statementId: connection.createStatement() };
      case 'closeStatement':
        await connection.closeStatement(statementIdOf(fields));
        return { response: 'closeStatement' };
      case 'prepare': {
        const { id, signature } = await connection.prepare(sqlOf(fields));
        return { response: 'prepare', statement: { connectionId: connection.id, id, signature } };
      }
      case 'prepareAndExecute':
        return executed(
          await connection.prepareAndExecute(statementIdOf(fields), sqlOf(fields), {
            maxRows: limitOf(fields, 'maxRowsTotal', 'maxRowCount'),
            firstFrame: limitOf(fields, 'maxRowsInFirstFrame'),
          }),
        );
      case 'execute':
        return executed(
          await connection.execute(statementIdOf(fields), parametersOf(fields), {
            maxRows: -1,
            firstFrame: limitOf(fields, 'maxRowCount'),
          }),
        );
      case 'fetch':
        return this.#fetch(fields, connection);
      case 'syncResults':
        return { response: 'syncResults', missingStatement: true, moreResults: false };
      case 'commit':
      case 'rollback':
        return { response: name };
      default:
        throw invalidInput(`Unknown request [${name}]`);
    }
  }

  async #fetch(fields: JsonObject, connection: Connection): Promise<AvaticaResponse> {
    const frame = await connection.fetch(statementIdOf(fields), limitOf(fields, 'fetchMaxRowCount', 'frameMaxSize'));
    return {
      response: 'fetch',
      frame: frame ?? null,
      missingStatement: frame === undefined,
      missingResults: frame === null,
    };
  }
}

function executed(result: ResultSetResponse | undefined): AvaticaResponse {
  return {
    response: 'executeResults',
    missingStatement: result === undefined,
    results: result === undefined ? [] : [result],
  };
}

/** Properties as the client wants them: there are no transactions, and nothing can be written. */
function synced(fields: JsonObject): ConnectionProperties {
  const asked = isObject(fields['connProps']) ? fields['connProps'] : {};
  const { catalog, schema } = asked;
  return {
    connProps: 'connPropsImpl',
    autoCommit: true,
    readOnly: true,
    transactionIsolation: 0,
    catalog: typeof catalog === 'string' && catalog !== '' ? catalog : null,
    schema: typeof schema === 'string' && schema !== '' ? schema : null,
    dirty: false,
  };
}
