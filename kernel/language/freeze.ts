import { connect, type Socket } from "node:net";
import type { CellSource } from "./cell-source.js";
import { planDeclarations } from "./declarations.js";
import { JsonRpc } from "./json-rpc.js";
import { cellModuleName, cellNamespace, cellNamespacePrefix } from "./names.js";
import type { TypeServer } from "./type-server.js";
import type { PreparedCell, Workspace } from "./workspace.js";

/*
 * The only file that knows TypeScript's unstable interface, of exactly 7.0.2: the pipe that the language server opens on
 * `custom/initializeAPISession`, its methods, and the numbers below. Everything else here but the request in
 * `TypeServer.settled` is the Language Server Protocol.
 */

/** `NodeBuilderFlags`: how declaration files print types. */
const printFlags =
  1 /* NoTruncation */ |
  4 /* GenerateNamesForShadowedTypeParams */ |
  8 /* UseStructuralFallback */ |
  2048 /* WriteClassExpressionAsTypeLiteral */ |
  524288 /* AllowEmptyTuple */ |
  1048576; /* AllowUniqueESSymbolType */

/** The first node of a file is the file; types are printed as seen from there. `SyntaxKind.SourceFile` is 312. */
const fileNode = (path: string) => `1.312.${path}`;

/** Milliseconds for one question while freezing. A cell that takes longer is frozen with wider types. */
const questionTimeout = 5_000;

interface PrintedSnapshot {
  snapshot: number;
  projects: { id: string; configFileName: string }[];
}

/** Asks a server for the types of an executed cell and writes them down as declarations. */
export class Freezer {
  readonly #server: TypeServer;
  readonly #workspace: Workspace;
  #session: Promise<JsonRpc> | undefined;
  #socket: Socket | undefined;

  constructor(server: TypeServer, workspace: Workspace) {
    this.#server = server;
    this.#workspace = workspace;
  }

  /**
   * The declarations of a cell. What cannot be told becomes `any`; nothing that a cell contains makes this fail.
   *
   * @throws Error when the server has gone, so that the caller can try again with the next one
   */
  async freeze(source: CellSource): Promise<string> {
    const plan = planDeclarations(source);
    if (plan.questions.length === 0) return plan.write([]);
    const cell = this.#workspace.prepare(source, plan.probes);
    this.#workspace.show(this.#server, cell);
    const { uri } = cell;
    try {
      const offset = cell.text.length - source.text.length - plan.probes.length;
      return plan.write(
        await this.#types(
          cell,
          plan.questions.map(q => q + offset),
        ),
      );
    } catch (error) {
      // The next cell gets a fresh pipe: this one may still be busy with the question.
      this.#disconnect();
      // The pipe of a dying server breaks first; only a server that still answers has really refused.
      await this.#server.settled(uri, questionTimeout).catch(() => {
        throw error;
      });
      return plan.write([]);
    }
  }

  close(): void {
    this.#disconnect();
  }

  /** The printed types of the names at offsets of a document that has been shown to the server. */
  async #types(cell: PreparedCell, positions: readonly number[]): Promise<(string | undefined)[]> {
    const session = await this.#connected();
    // The pipe does not wait for the documents.
    await this.#server.settled(cell.uri, questionTimeout);
    const ask = <T>(method: string, params: object) => session.request<T>(method, params, questionTimeout);
    const { snapshot, projects } = await ask<PrintedSnapshot>("updateSnapshot", {});
    try {
      const project = projects.find(p => p.configFileName.endsWith("tsconfig.json"))?.id;
      const base = { snapshot, project };
      const types = await ask<({ id: number } | null)[]>("getTypesAtPositions", {
        ...base,
        file: cell.path,
        positions,
      });
      const location = fileNode(cell.path);
      return await Promise.all(
        types.map(type =>
          type
            ? ask<string>("typeToString", { ...base, type: type.id, location, flags: printFlags }).then(
                reachableNames,
                () => undefined,
              )
            : undefined,
        ),
      );
    } finally {
      ask("release", { snapshot }).catch(() => undefined);
    }
  }

  #connected(): Promise<JsonRpc> {
    this.#session ??= this.#connect();
    return this.#session;
  }

  async #connect(): Promise<JsonRpc> {
    const { pipe } = await this.#server.rpc.request<{ pipe: string }>(
      "custom/initializeAPISession",
      {},
      questionTimeout,
    );
    const socket = connect(pipe);
    this.#socket = socket;
    const session = new JsonRpc(socket, socket);
    await session.request("initialize", null, questionTimeout);
    return session;
  }

  #disconnect(): void {
    this.#socket?.destroy();
    this.#socket = undefined;
    this.#session = undefined;
  }
}

/** Writes types of other cells the way every document reaches them, whatever document they were printed from. */
function reachableNames(printed: string): string {
  return printed
    .replace(new RegExp(`import\\("[^"]*"\\)\\.(?=${cellNamespacePrefix}\\d)`, "g"), "")
    .replace(new RegExp(`import\\("[^"]*${cellModuleName}(\\d+)"\\)`, "g"), (_, cell) => cellNamespace(Number(cell)));
}
