import type { LabComm, LabKernel } from "./lab.js";

/** A type error of a cell; lines and columns count from 1. */
export interface Diagnostic {
  severity: "error" | "warning";
  message: string;
  line: number;
  column: number;
  endLine: number;
  endColumn: number;
}

const target = "gradbook.language";
/** How long an answer may take, in milliseconds. */
const patience = 5000;

/** Asks the kernel about code that was not executed yet. One comm for each kernel, opened with the first question. */
export class LanguageComm {
  readonly #kernel: LabKernel;
  readonly #waiting = new Map<string, (answer: Record<string, unknown>) => void>();
  #comm: LabComm | undefined;

  private constructor(kernel: LabKernel) {
    this.#kernel = kernel;
    kernel.statusChanged.connect((_, status) => {
      if (status === "restarting" || status === "autorestarting") this.#comm = undefined;
    });
  }

  static readonly #known = new WeakMap<LabKernel, LanguageComm>();

  /** The one of a kernel. */
  static of(kernel: LabKernel): LanguageComm {
    const comm = LanguageComm.#known.get(kernel) ?? new LanguageComm(kernel);
    LanguageComm.#known.set(kernel, comm);
    return comm;
  }

  /** The type errors of a cell, as it is being written. */
  async diagnostics(code: string): Promise<Diagnostic[]> {
    const answer = await this.#ask({ method: "diagnostics", code });
    return (answer?.diagnostics as Diagnostic[] | undefined) ?? [];
  }

  /** What is known about the place, as text; an offset counts UTF-16 units. */
  async hover(code: string, offset: number): Promise<string | undefined> {
    const answer = await this.#ask({ method: "hover", code, offset });
    return answer?.text as string | undefined;
  }

  #ask(question: object): Promise<Record<string, unknown> | undefined> {
    const id = crypto.randomUUID();
    return new Promise(resolve => {
      const timer = setTimeout(() => settle(undefined), patience);
      const settle = (answer: Record<string, unknown> | undefined) => {
        clearTimeout(timer);
        this.#waiting.delete(id);
        resolve(answer);
      };
      this.#waiting.set(id, settle);
      this.#open().send({ id, ...question });
    });
  }

  #open(): LabComm {
    if (this.#comm) return this.#comm;
    const comm = this.#kernel.createComm(target);
    comm.onMsg = ({ content }) => this.#waiting.get(String(content.data.id))?.(content.data);
    comm.onClose = () => {
      if (this.#comm === comm) this.#comm = undefined;
    };
    comm.open();
    this.#comm = comm;
    return comm;
  }
}
