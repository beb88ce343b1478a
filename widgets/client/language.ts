import type { Cell, LabKernel, NotebookPanel } from "./lab.js";
import { type Diagnostic, LanguageComm } from "./language-comm.js";
import { shared } from "./shared-scope.js";

/** How long after the last key a cell is checked, in milliseconds. */
const pause = 300;
/** How long the pointer rests before a type is shown, in milliseconds. */
const hoverTime = 350;

interface Line {
  from: number;
  to: number;
}

interface Text {
  readonly lines: number;
  readonly length: number;
  line(number: number): Line;
  toString(): string;
}

interface EditorView {
  readonly state: { readonly doc: Text };
  readonly hasFocus: boolean;
  dispatch(change: { effects: unknown }): void;
}

interface Effect {
  is(type: unknown): boolean;
  value: unknown;
}

interface Decorations {
  map(changes: unknown): Decorations;
}

/** As much of CodeMirror 6 as is used: the application's own copy, since two copies do not understand each other. */
interface StateModule {
  StateEffect: { define(): { of(value: unknown): Effect } };
  StateField: {
    define(spec: {
      create(): Decorations;
      update(value: Decorations, transaction: { changes: unknown; effects: Effect[] }): Decorations;
      provide(field: unknown): unknown;
    }): unknown;
  };
}

interface ViewModule {
  Decoration: {
    none: Decorations;
    mark(spec: object): { range(from: number, to: number): unknown };
    set(ranges: unknown[], sort: boolean): Decorations;
  };
  EditorView: { decorations: { from(field: unknown): unknown }; theme(spec: object): unknown };
  ViewPlugin: { define(create: (view: EditorView) => object): unknown };
  hoverTooltip(
    source: (view: EditorView, position: number) => Promise<Tooltip | null>,
    options: { hoverTime: number },
  ): unknown;
}

interface Tooltip {
  pos: number;
  end?: number;
  above: boolean;
  create(): { dom: HTMLElement };
}

/** Underlines type errors and shows types at the pointer in the code cells of a notebook, before they run. */
export function checkWhileEditing(panel: NotebookPanel): void {
  const seen = new WeakSet<object>();
  const kernel = async (): Promise<LabKernel | undefined> => {
    const found = panel.sessionContext.session?.kernel;
    if (!found) return undefined;
    return (await found.info).implementation === "gradbook" ? found : undefined;
  };
  const follow = async (cell: Cell | null): Promise<void> => {
    if (cell?.model.type !== "code") return;
    await cell.ready;
    const { editor } = cell;
    if (!editor?.injectExtension || seen.has(editor)) return;
    seen.add(editor);
    const extension = await languageExtension(kernel);
    if (extension) editor.injectExtension(extension);
  };
  panel.content.activeCellChanged.connect((_, cell) => void follow(cell));
  void follow(panel.content.activeCell);
}

async function languageExtension(kernel: () => Promise<LabKernel | undefined>): Promise<unknown> {
  const [state, view] = await Promise.all([
    shared<StateModule>("@codemirror/state"),
    shared<ViewModule>("@codemirror/view"),
  ]);
  if (!state || !view) return undefined;
  const setMarks = state.StateEffect.define();
  const marks = state.StateField.define({
    create: () => view.Decoration.none,
    update: (before, { changes, effects }) => {
      const set = effects.find(effect => effect.is(setMarks));
      return set ? (set.value as Decorations) : before.map(changes);
    },
    provide: field => view.EditorView.decorations.from(field),
  });
  const found = new WeakMap<EditorView, Placed[]>();

  const checker = view.ViewPlugin.define(editor => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const check = async (): Promise<void> => {
      const { doc } = editor.state;
      const asked = await kernel();
      const code = doc.toString();
      const diagnostics = asked && code.trim() ? await LanguageComm.of(asked).diagnostics(code) : [];
      // The code went on meanwhile: a later check is on its way.
      if (editor.state.doc !== doc) return;
      const placed = diagnostics.map(d => place(d, doc));
      found.set(editor, placed);
      const ranges = placed.map(({ from, to, severity, message }) =>
        view.Decoration.mark({
          class: `gradbook-${severity}`,
          attributes: { "aria-description": message },
        }).range(from, to),
      );
      editor.dispatch({ effects: setMarks.of(view.Decoration.set(ranges, true)) });
    };
    const soon = () => {
      clearTimeout(timer);
      timer = setTimeout(() => void check(), pause);
    };
    soon();
    return {
      update: ({ docChanged, focusChanged }: { docChanged: boolean; focusChanged: boolean }) => {
        // What other cells declared since counts too when one comes back to this one.
        if (docChanged || (focusChanged && editor.hasFocus)) soon();
      },
      destroy: () => clearTimeout(timer),
    };
  });

  const hover = view.hoverTooltip(
    async (editor, position) => {
      const { doc } = editor.state;
      const errors = (found.get(editor) ?? []).filter(({ from, to }) => from <= position && position <= to);
      const asked = await kernel();
      const type = asked && (await LanguageComm.of(asked).hover(doc.toString(), position));
      if (errors.length === 0 && !type) return null;
      return { pos: errors[0]?.from ?? position, above: true, create: () => ({ dom: tooltip(errors, type) }) };
    },
    { hoverTime },
  );
  return [marks, checker, hover, view.EditorView.theme(theme)];
}

interface Placed extends Diagnostic {
  from: number;
  to: number;
}

/** Where a message is in the text; a place that is empty covers one character. */
function place(diagnostic: Diagnostic, doc: Text): Placed {
  const at = (line: number, column: number) => {
    const { from, to } = doc.line(Math.min(Math.max(line, 1), doc.lines));
    return Math.min(from + Math.max(column, 1) - 1, to);
  };
  const from = at(diagnostic.line, diagnostic.column);
  const to = Math.max(from, at(diagnostic.endLine, diagnostic.endColumn));
  return to > from
    ? { ...diagnostic, from, to }
    : { ...diagnostic, from: Math.max(0, from - 1), to: Math.max(1, Math.min(from, doc.length)) };
}

function tooltip(errors: readonly Diagnostic[], type: string | undefined): HTMLElement {
  const dom = document.createElement("div");
  dom.className = "gradbook-hover";
  for (const { message, severity } of errors) {
    const line = document.createElement("div");
    line.className = `gradbook-message gradbook-is-${severity}`;
    line.textContent = message;
    dom.append(line);
  }
  if (type) {
    const pre = document.createElement("pre");
    pre.textContent = type;
    dom.append(pre);
  }
  return dom;
}

const wave = (colour: string) => ({
  textDecoration: `underline wavy ${colour} 1px`,
  textDecorationSkipInk: "none",
  textUnderlineOffset: "3px",
});

const theme = {
  ".gradbook-error": wave("var(--jp-error-color1, #d32f2f)"),
  ".gradbook-warning": wave("var(--jp-warn-color1, #f57c00)"),
  ".gradbook-hover": {
    maxWidth: "640px",
    maxHeight: "320px",
    overflow: "auto",
    padding: "6px 10px",
    font: "12px/1.45 var(--jp-code-font-family, monospace)",
    color: "var(--jp-ui-font-color1)",
    background: "var(--jp-layout-color1)",
    border: "1px solid var(--jp-border-color1)",
  },
  ".gradbook-hover pre": { margin: "0", whiteSpace: "pre-wrap", font: "inherit" },
  ".gradbook-message": { whiteSpace: "pre-wrap", marginBottom: "4px" },
  // The theme's red alone has less contrast than text needs.
  ".gradbook-is-error": {
    color: "color-mix(in srgb, var(--jp-error-color1, #d32f2f) 60%, var(--jp-ui-font-color1))",
  },
};
