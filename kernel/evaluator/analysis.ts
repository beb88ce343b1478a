import {
  type ArrowFunctionExpression,
  type AwaitExpression,
  type Class,
  type ForInStatement,
  type ForOfStatement,
  type ForStatement,
  type Function as FunctionNode,
  type ImportExpression,
  type MetaProperty,
  type Node,
  type Program,
  type VariableDeclaration,
  visitorKeys,
} from "oxc-parser";

/** A use or declaration of a name. */
export interface Reference {
  name: string;
  start: number;
  end: number;
  /** Written as `{ name }`, so that replacing it must keep the key. */
  shorthand: boolean;
}

export type Loop =
  | ForStatement
  | ForInStatement
  | ForOfStatement
  | Extract<Node, { type: "WhileStatement" | "DoWhileStatement" }>;

/** What the rewriting of a cell needs to know about its syntax tree. */
export interface CellAnalysis {
  /** Names that the cell declares at its top level, nested `var` included. */
  declared: Set<string>;
  /** Uses of a name that no inner scope declares: they mean the cell's own top level, an earlier cell or a global. */
  outer: Reference[];
  /** `var` declarations below the top level that still belong to it. */
  nestedVars: { node: VariableDeclaration; parent: Node }[];
  /** True when the cell itself waits: top-level `await`, `for await`, `await using` or an import. */
  waits: boolean;
  awaits: AwaitExpression[];
  loops: { node: Loop; inFunction: boolean }[];
  functions: (FunctionNode | ArrowFunctionExpression)[];
  dynamicImports: ImportExpression[];
  metas: MetaProperty[];
  decorated: boolean;
  /** `using` inside a block or function, which old engines cannot read. */
  nestedUsing: boolean;
  /** The cell itself calls or repeats something. One that does not is over at once: its functions have checks of their own. */
  mayHang: boolean;
}

interface Scope {
  names: Set<string>;
  parent: Scope | undefined;
  /** `var` lands in the nearest scope of a function or of the program. */
  takesVar: boolean;
}

/** Reads a JavaScript syntax tree once: scopes, references and everything that the cell pass rewrites. */
export function analyseCell(program: Program): CellAnalysis {
  return new Walker().run(program);
}

class Walker {
  readonly #top: Scope = { names: new Set(), parent: undefined, takesVar: true };
  readonly #references: { reference: Reference; scope: Scope }[] = [];
  readonly #result: CellAnalysis = {
    declared: this.#top.names,
    outer: [],
    nestedVars: [],
    waits: false,
    awaits: [],
    loops: [],
    functions: [],
    dynamicImports: [],
    metas: [],
    decorated: false,
    nestedUsing: false,
    mayHang: false,
  };
  #depth = 0;

  run(program: Program): CellAnalysis {
    for (const statement of program.body) this.#visit(statement, this.#top, program);
    for (const { reference, scope } of this.#references) {
      let at: Scope | undefined = scope;
      while (at && at !== this.#top && !at.names.has(reference.name)) at = at.parent;
      if (!at || at === this.#top) this.#result.outer.push(reference);
    }
    return this.#result;
  }

  #visit(node: Node, scope: Scope, parent: Node): void {
    switch (node.type) {
      case "Identifier":
        this.#refer(node, scope);
        return;
      case "MemberExpression":
        this.#visit(node.object, scope, node);
        if (node.computed) this.#visit(node.property, scope, node);
        return;
      case "Property":
        if (node.computed) this.#visit(node.key, scope, node);
        if (node.shorthand) {
          const target = node.value.type === "AssignmentPattern" ? node.value.left : node.value;
          if (target.type === "Identifier") this.#refer(target, scope, true);
          if (node.value.type === "AssignmentPattern") this.#visit(node.value.right, scope, node);
        } else {
          this.#visit(node.value, scope, node);
        }
        return;
      case "MethodDefinition":
      case "PropertyDefinition":
      case "AccessorProperty":
        for (const decorator of node.decorators) this.#visit(decorator, scope, node);
        if (node.computed) this.#visit(node.key, scope, node);
        if (node.value) this.#initialiser(node.value, scope, node);
        this.#result.mayHang ||= node.static && node.type !== "MethodDefinition";
        return;
      case "Decorator":
        this.#result.decorated = true;
        this.#result.mayHang = true;
        break;
      case "CallExpression":
      case "NewExpression":
      case "TaggedTemplateExpression":
        this.#result.mayHang ||= this.#depth === 0;
        break;
      case "LabeledStatement":
        this.#visit(node.body, scope, node);
        return;
      case "BreakStatement":
      case "ContinueStatement":
      case "ExportAllDeclaration":
        this.#result.waits ||= node.type === "ExportAllDeclaration";
        return;
      case "ImportDeclaration":
        this.#result.waits = true;
        for (const specifier of node.specifiers) this.#top.names.add(specifier.local.name);
        return;
      case "ExportNamedDeclaration":
        if (node.declaration) this.#visit(node.declaration, scope, parent);
        this.#result.waits ||= node.source !== null;
        return;
      case "MetaProperty":
        if (node.meta.name === "import") this.#result.metas.push(node);
        return;
      case "ImportExpression":
        this.#result.dynamicImports.push(node);
        break;
      case "AwaitExpression":
        this.#result.awaits.push(node);
        this.#result.waits ||= this.#depth === 0;
        break;
      case "VariableDeclaration":
        this.#declaration(node, scope, parent);
        return;
      case "FunctionDeclaration":
      case "FunctionExpression":
      case "ArrowFunctionExpression":
        this.#function(node, scope);
        return;
      case "ClassDeclaration":
      case "ClassExpression":
        this.#class(node, scope);
        return;
      case "CatchClause": {
        const inner = child(scope);
        if (node.param) this.#bind(node.param, inner, inner);
        for (const statement of node.body.body) this.#visit(statement, inner, node.body);
        return;
      }
      case "StaticBlock":
        this.#result.mayHang = true;
        this.#depth++;
        this.#children(node, child(scope, true));
        this.#depth--;
        return;
      case "ForStatement":
      case "ForInStatement":
      case "ForOfStatement":
        if (node.type === "ForOfStatement" && node.await) this.#result.waits ||= this.#depth === 0;
        this.#result.mayHang ||= this.#depth === 0;
        this.#result.loops.push({ node, inFunction: this.#depth > 0 });
        this.#children(node, child(scope));
        return;
      case "WhileStatement":
      case "DoWhileStatement":
        this.#result.mayHang ||= this.#depth === 0;
        this.#result.loops.push({ node, inFunction: this.#depth > 0 });
        break;
      case "BlockStatement":
      case "SwitchStatement":
        this.#children(node, child(scope));
        return;
    }
    this.#children(node, scope);
  }

  #children(node: Node, scope: Scope): void {
    for (const key of visitorKeys[node.type] ?? []) {
      const value = (node as unknown as Record<string, Node | (Node | null)[] | null>)[key];
      if (Array.isArray(value)) {
        for (const item of value) if (item) this.#visit(item, scope, node);
      } else if (value) {
        this.#visit(value, scope, node);
      }
    }
  }

  #refer(node: { name: string; start: number; end: number }, scope: Scope, shorthand = false): void {
    this.#references.push({ reference: { name: node.name, start: node.start, end: node.end, shorthand }, scope });
  }

  /** Field values run like a method: on their own, not with the cell. */
  #initialiser(value: Node, scope: Scope, parent: Node): void {
    this.#depth++;
    this.#visit(value, scope, parent);
    this.#depth--;
  }

  #declaration(node: VariableDeclaration, scope: Scope, parent: Node): void {
    let target = scope;
    if (node.kind === "var") while (!target.takesVar && target.parent) target = target.parent;
    const nested = parent.type !== "Program";
    if (target === this.#top && nested) this.#result.nestedVars.push({ node, parent });
    if (node.kind === "await using") this.#result.waits ||= this.#depth === 0;
    if (node.kind.endsWith("using")) this.#result.mayHang = true;
    if (node.kind.endsWith("using") && nested) this.#result.nestedUsing = true;
    for (const declarator of node.declarations) {
      this.#bind(declarator.id, target, scope);
      if (declarator.init) this.#visit(declarator.init, scope, declarator);
    }
  }

  /** Declares the names of a pattern in `target` and records them as uses too, so that a renamed one is renamed here. */
  #bind(pattern: Node, target: Scope, scope: Scope): void {
    collectNames(pattern, target.names);
    this.#visit(pattern, scope, pattern);
  }

  #function(node: FunctionNode | ArrowFunctionExpression, scope: Scope): void {
    const inner = child(scope, true);
    if (node.type === "FunctionDeclaration" && node.id) scope.names.add(node.id.name);
    if (node.type === "FunctionExpression" && node.id) inner.names.add(node.id.name);
    this.#result.functions.push(node);
    this.#depth++;
    for (const parameter of node.params) this.#bind(parameter as Node, inner, inner);
    if (node.body?.type === "BlockStatement") {
      for (const statement of node.body.body) this.#visit(statement, inner, node.body);
    } else if (node.body) {
      this.#visit(node.body, inner, node);
    }
    this.#depth--;
  }

  #class(node: Class, scope: Scope): void {
    for (const decorator of node.decorators) this.#visit(decorator, scope, node);
    if (node.type === "ClassDeclaration" && node.id) scope.names.add(node.id.name);
    const inner = child(scope);
    if (node.id) inner.names.add(node.id.name);
    if (node.superClass) this.#visit(node.superClass, inner, node);
    this.#visit(node.body, inner, node);
  }
}

function collectNames(pattern: Node, into: Set<string>): void {
  switch (pattern.type) {
    case "Identifier":
      into.add(pattern.name);
      return;
    case "ObjectPattern":
      for (const property of pattern.properties) {
        collectNames(property.type === "Property" ? property.value : property.argument, into);
      }
      return;
    case "ArrayPattern":
      for (const element of pattern.elements) if (element) collectNames(element, into);
      return;
    case "AssignmentPattern":
      collectNames(pattern.left, into);
      return;
    case "RestElement":
      collectNames(pattern.argument, into);
      return;
  }
}

function child(parent: Scope, takesVar = false): Scope {
  return { names: new Set(), parent, takesVar };
}
