import { ValueError } from "../errors.js";
import { Module } from "./module.js";
import { requireLayer } from "./module-list.js";

/**
 * Layers by name, whose parameters belong to the model that holds them; the model calls them one by one.
 * @throws DTypeError for something that is no module; ValueError for a name that modules use themselves
 * @example
 * const heads = new nn.ModuleDict({ label: new nn.Linear(8, 10), box: new nn.Linear(8, 4) });
 * heads.get("box")(zeros([2, 8])).shape; // [2, 4]
 */
export class ModuleDict<T extends Readonly<Record<string, Module>> = Readonly<Record<string, Module>>> extends Module {
  constructor(layers: T = {} as T) {
    super();
    for (const [name, layer] of Object.entries(layers)) this.set(name, layer);
  }

  /** The names in order. */
  keys(): (keyof T & string)[] {
    return this.namedChildren().map(([name]) => name);
  }

  /** Whether there is a layer of this name. */
  has(name: string): boolean {
    return Object.hasOwn(this, name);
  }

  /**
   * The layer of a name.
   * @throws ValueError where there is none
   */
  get<K extends keyof T & string>(name: K): T[K] {
    if (this.has(name)) return (this as unknown as T)[name];
    throw new ValueError(`no layer ${JSON.stringify(name)}`, {
      op: "ModuleDict",
      hint: `There are ${this.keys().join(", ") || "none"}.`,
    });
  }

  /**
   * Puts a layer under a name.
   * @throws as the constructor
   */
  set(name: string, layer: Module): this {
    if (name === "" || name.includes(".") || name in Module.prototype || name in ModuleDict.prototype) {
      throw new ValueError(`a layer cannot be called ${JSON.stringify(name)}`, {
        op: "ModuleDict",
        hint: "Give a name without dots that no method has.",
      });
    }
    requireLayer("ModuleDict", name, layer, this);
    Object.assign(this, { [name]: layer });
    return this;
  }

  /** Takes a layer out; false where there was none. */
  delete(name: string): boolean {
    return this.has(name) && Reflect.deleteProperty(this, name);
  }

  /** @throws ValueError always: names say nothing of how the layers follow each other */
  forward(..._args: unknown[]): never {
    throw new ValueError("a dictionary has no forward", {
      op: "ModuleDict",
      hint: 'Call its layers: heads.get("box")(x).',
    });
  }

  override describe(): string {
    return `${this.keys().length} layers`;
  }
}
