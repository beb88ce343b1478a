import { type ChildProcess, spawn } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { JsonRpc } from "./json-rpc.js";

/** Time for the server to say hello: a cold disk needs seconds, a warm one 10 ms. */
const startTimeout = 20_000;

/** Opened documents of the server; the text is what it has been told last. */
interface OpenDocument {
  version: number;
  text: string;
}

/**
 * One running TypeScript 7 server (`tsc --lsp --stdio`). Documents live in its memory only; nothing is written to disk.
 * A server that died stays dead: the language service makes a new one.
 */
export class TypeServer {
  readonly rpc: JsonRpc;
  readonly #process: ChildProcess;
  readonly #documents = new Map<string, OpenDocument>();

  private constructor(process: ChildProcess, rpc: JsonRpc) {
    this.#process = process;
    this.rpc = rpc;
  }

  /**
   * Starts a server for a folder.
   *
   * @param onExit called once when it is gone, also when it could not be started
   * @throws Error when the platform has no binary, or the server does not answer
   */
  static async start(cwd: string, onExit: () => void): Promise<TypeServer> {
    const child = spawn(compilerPath(), ["--lsp", "--stdio"], { cwd, stdio: ["pipe", "pipe", "ignore"] });
    const rpc = new JsonRpc(child.stdout, child.stdin, (method, params) => {
      // No settings of an editor: null for each that is asked for.
      return method === "workspace/configuration" ? (params as { items: unknown[] }).items.map(() => null) : null;
    });
    // A broken pipe comes before the news of the exit; either means that this server is of no more use.
    rpc.onClose = () => {
      child.kill();
      onExit();
    };
    child.on("error", error => rpc.close(error));
    child.on("exit", (code, signal) => rpc.close(new Error(`the TypeScript server ended (${signal ?? code})`)));
    const server = new TypeServer(child, rpc);
    try {
      await rpc.request("initialize", initializeParams(cwd), startTimeout);
    } catch (error) {
      server.stop();
      throw error;
    }
    rpc.notify("initialized", {});
    return server;
  }

  get alive(): boolean {
    return !this.rpc.closed;
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** Gives a document its text, if that is another than it has. @returns whether it was */
  setDocument(
    uri: string,
    text: string,
    languageId: "typescript" | "typescriptreact" | "json" = "typescript",
  ): boolean {
    const open = this.#documents.get(uri);
    if (open?.text === text) return false;
    if (!open) {
      this.#documents.set(uri, { version: 1, text });
      this.rpc.notify("textDocument/didOpen", { textDocument: { uri, languageId, version: 1, text } });
    } else {
      open.text = text;
      open.version++;
      this.rpc.notify("textDocument/didChange", {
        textDocument: { uri, version: open.version },
        contentChanges: [{ text }],
      });
    }
    return true;
  }

  /** @returns whether it was open */
  closeDocument(uri: string): boolean {
    const open = this.#documents.delete(uri);
    if (open) this.rpc.notify("textDocument/didClose", { textDocument: { uri } });
    return open;
  }

  /**
   * Resolves when the server has read what a document was given. It makes its program anew (15 ms) when it finds two
   * documents changed at once, and patches the one that it has (2 ms) for each that it is made to look at alone.
   *
   * @throws Error when it has gone, or does not answer within `timeout` milliseconds
   */
  async settled(uri: string, timeout: number): Promise<void> {
    await this.rpc.request("custom/projectInfo", { textDocument: { uri } }, timeout);
  }

  stop(): void {
    this.rpc.notify("exit", null);
    this.rpc.close();
  }
}

/**
 * The native compiler of our exact TypeScript, for this platform.
 *
 * @throws Error when npm has installed none
 */
function compilerPath(): string {
  const require = createRequire(import.meta.url);
  const ofTypeScript = createRequire(require.resolve("typescript/package.json"));
  const platform = `@typescript/typescript-${process.platform}-${process.arch}/package.json`;
  return join(dirname(ofTypeScript.resolve(platform)), "lib", process.platform === "win32" ? "tsc.exe" : "tsc");
}

function initializeParams(cwd: string): unknown {
  return {
    processId: process.pid,
    rootUri: pathToFileURL(cwd).href,
    capabilities: {
      general: { positionEncodings: ["utf-16"] },
      textDocument: {
        hover: { contentFormat: ["markdown"] },
        completion: { completionItem: { documentationFormat: ["markdown"] } },
        signatureHelp: { signatureInformation: { documentationFormat: ["markdown"] } },
        diagnostic: { relatedInformation: true },
      },
    },
    initializationOptions: {
      disablePushDiagnostics: true,
      // Indexing every package for auto-imports costs 4-8 times the memory and 100 times the time of a completion.
      userPreferences: {
        includeCompletionsForModuleExports: false,
        includeCompletionsForImportStatements: false,
        // Otherwise the server runs npm to fetch declarations that nobody asked for.
        disableAutomaticTypeAcquisition: true,
      },
    },
  };
}
