/** Which comms are open, as `comm_info_reply` tells it. The messages themselves pass through to the evaluator. */
export class OpenComms {
  readonly #targets = new Map<string, string>();

  opened(id: string, target: string): void {
    this.#targets.set(id, target);
  }

  /** What an open comm is about. */
  target(id: string): string | undefined {
    return this.#targets.get(id);
  }

  /** @returns whether it was open */
  closed(id: string): boolean {
    return this.#targets.delete(id);
  }

  /** The open comms by id, of one target or of all. */
  list(target?: string): Record<string, { target_name: string }> {
    const entries = [...this.#targets].filter(([, name]) => target === undefined || name === target);
    return Object.fromEntries(entries.map(([id, name]) => [id, { target_name: name }]));
  }

  /** Forgets all: their other end is gone. @returns the ids that were open */
  clear(): string[] {
    const ids = [...this.#targets.keys()];
    this.#targets.clear();
    return ids;
  }
}
