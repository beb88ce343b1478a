/** One executed cell. */
export interface HistoryEntry {
  /** Sessions count from 1, over the life of the store. */
  session: number;
  /** The execution count. */
  line: number;
  input: string;
  /** The text of the cell's value, if it had one. */
  output?: string;
}

/** Where entries stay when the kernel is gone. */
export interface HistoryStore {
  /** Everything kept so far, oldest first. */
  load(): HistoryEntry[];
  /** The number of this session, which no other kernel has. Called once, after `load`. */
  claim(): number;
  append(entry: HistoryEntry): void;
  appendOutput(session: number, line: number, output: string): void;
}

/** What was executed, in this session and before. Reads its store when it is first needed. */
export class History {
  readonly #store: HistoryStore | undefined;
  #entries: HistoryEntry[] | undefined;
  #session = 1;

  /** @param store none: entries live as long as the kernel */
  constructor(store?: HistoryStore) {
    this.#store = store;
  }

  /** The number of this session. */
  get session(): number {
    this.#load();
    return this.#session;
  }

  append(line: number, input: string): void {
    const entry: HistoryEntry = { session: this.session, line, input };
    this.#load().push(entry);
    this.#store?.append(entry);
  }

  /** Adds the text of its value to a cell of this session. */
  appendOutput(line: number, output: string): void {
    const entry = this.#load().findLast(e => e.session === this.#session && e.line === line);
    if (!entry) return;
    entry.output = output;
    this.#store?.appendOutput(entry.session, line, output);
  }

  /** The last `n` entries, oldest first. */
  tail(n: number): HistoryEntry[] {
    return n > 0 ? this.#load().slice(-n) : [];
  }

  /**
   * Entries of one session.
   *
   * @param session 0: this one; below 0: that many before it
   * @param start first line
   * @param stop the line after the last
   */
  range(session: number, start: number, stop: number): HistoryEntry[] {
    const entries = this.#load();
    const number = session > 0 ? session : this.#session + session;
    return entries.filter(e => e.session === number && e.line >= start && e.line < stop);
  }

  /**
   * Entries whose whole input matches a pattern with `*` and `?`.
   *
   * @param n the last so many; 0: all
   * @param unique each input once, its last
   */
  search(pattern: string, n: number, unique: boolean): HistoryEntry[] {
    let found = this.#load().filter(e => matchesGlob(e.input, pattern));
    if (unique) {
      const last = new Map(found.map(e => [e.input, e]));
      found = found.filter(e => last.get(e.input) === e);
    }
    return n > 0 ? found.slice(-n) : found;
  }

  #load(): HistoryEntry[] {
    if (!this.#entries) {
      this.#entries = this.#store?.load() ?? [];
      this.#session = this.#store?.claim() ?? 1;
    }
    return this.#entries;
  }
}

/** Matches in a time that no pattern can blow up: a star that failed only ever moves on. */
function matchesGlob(text: string, pattern: string): boolean {
  let [t, p, star, retry] = [0, 0, -1, 0];
  while (t < text.length) {
    if (pattern[p] === "*") {
      star = p++;
      retry = t;
    } else if (pattern[p] === "?" || pattern[p] === text[t]) {
      t++;
      p++;
    } else if (star >= 0) {
      p = star + 1;
      t = ++retry;
    } else {
      return false;
    }
  }
  while (pattern[p] === "*") p++;
  return p === pattern.length;
}
