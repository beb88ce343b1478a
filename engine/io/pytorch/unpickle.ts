import { ValueError } from "../../errors.js";
import { PickleReader } from "./pickle-reader.js";

/** A function or class that a pickle names, without being it. */
export class PickleGlobal {
  constructor(readonly name: string) {}
}

/** What stands for functions and objects outside of the pickle. */
export interface PickleWorld {
  /** The value of a call, for the few functions that only describe data. */
  call(name: string, args: readonly unknown[]): unknown;
  /** The value for a persistent identifier. */
  load(id: unknown): unknown;
}

/** Values on the stack, before the end. */
const mark = Symbol("mark");

const opcodes = {
  mark: 0x28,
  emptyTuple: 0x29,
  stop: 0x2e,
  pop: 0x30,
  popMark: 0x31,
  duplicate: 0x32,
  bytes: 0x42,
  shortBytes: 0x43,
  float: 0x47,
  integer: 0x4a,
  integer1: 0x4b,
  integer2: 0x4d,
  none: 0x4e,
  persistent: 0x51,
  reduce: 0x52,
  string: 0x54,
  shortString: 0x55,
  unicode: 0x58,
  emptyList: 0x5d,
  append: 0x61,
  build: 0x62,
  global: 0x63,
  dict: 0x64,
  appends: 0x65,
  get: 0x68,
  longGet: 0x6a,
  list: 0x6c,
  put: 0x71,
  longPut: 0x72,
  setItem: 0x73,
  tuple: 0x74,
  setItems: 0x75,
  emptyDict: 0x7d,
  protocol: 0x80,
  newObject: 0x81,
  tuple1: 0x85,
  tuple2: 0x86,
  tuple3: 0x87,
  true: 0x88,
  false: 0x89,
  long: 0x8a,
  shortUnicode: 0x8c,
  unicode8: 0x8d,
  stackGlobal: 0x93,
  memoize: 0x94,
  frame: 0x95,
} as const;

/**
 * Reads a pickle as data (protocols 2 to 5). Nothing is imported and nothing is called but what `world` allows by name.
 * Dictionaries become maps, lists and tuples arrays.
 * @throws ValueError for bytes that are damaged, and for a pickle that wants to call anything else
 */
export function unpickle(bytes: Uint8Array, world: PickleWorld, label: string): unknown {
  const reader = new PickleReader(bytes, label);
  const fail = (problem: string) => reader.fail(problem);
  const stack: unknown[] = [];
  const memo = new Map<number, unknown>();
  const pop = (): unknown => {
    if (stack.length === 0) fail("its stack is empty");
    return stack.pop();
  };
  const popToMark = (): unknown[] => {
    const at = stack.lastIndexOf(mark);
    if (at < 0) fail("a mark is missing");
    const values = stack.slice(at + 1);
    stack.length = at;
    return values;
  };
  const popMany = (count: number): unknown[] => {
    if (stack.length < count) fail("its stack is empty");
    return stack.splice(stack.length - count, count);
  };
  const top = <T>(kind: abstract new (...args: never[]) => T): T => {
    const value = stack[stack.length - 1];
    return value instanceof kind ? value : fail("an item goes into something that takes none");
  };
  const remember = (index: number) => {
    if (stack.length === 0) fail("its stack is empty");
    memo.set(index, stack[stack.length - 1]);
  };
  const recall = (index: number) => {
    if (!memo.has(index)) fail(`it remembers nothing as ${index}`);
    stack.push(memo.get(index));
  };
  const setItems = (into: Map<unknown, unknown>, items: readonly unknown[]) => {
    if (items.length % 2 !== 0) fail("a key has no value");
    for (let i = 0; i < items.length; i += 2) into.set(items[i], items[i + 1]);
  };
  const call = (callee: unknown, args: unknown): unknown => {
    if (!(callee instanceof PickleGlobal) || !Array.isArray(args)) return fail("it calls what is no function");
    return world.call(callee.name, args);
  };
  for (;;) {
    const opcode = reader.byte();
    switch (opcode) {
      case opcodes.stop:
        if (stack.length !== 1 || stack[0] === mark) fail("it ends too early");
        return stack[0];
      case opcodes.protocol: {
        const version = reader.byte();
        if (version > 5) fail(`protocol ${version} is not known`);
        break;
      }
      case opcodes.frame:
        reader.length8();
        break;
      case opcodes.mark:
        stack.push(mark);
        break;
      case opcodes.pop:
        pop();
        break;
      case opcodes.popMark:
        popToMark();
        break;
      case opcodes.duplicate:
        stack.push(pop());
        stack.push(stack[stack.length - 1]);
        break;
      case opcodes.none:
        stack.push(null);
        break;
      case opcodes.true:
        stack.push(true);
        break;
      case opcodes.false:
        stack.push(false);
        break;
      case opcodes.integer:
        stack.push(reader.integer4());
        break;
      case opcodes.integer1:
        stack.push(reader.byte());
        break;
      case opcodes.integer2:
        stack.push(reader.length2());
        break;
      case opcodes.long:
        stack.push(reader.long(reader.byte()));
        break;
      case opcodes.float:
        stack.push(reader.float());
        break;
      case opcodes.unicode:
        stack.push(reader.text(reader.length4()));
        break;
      case opcodes.shortUnicode:
        stack.push(reader.text(reader.byte()));
        break;
      case opcodes.unicode8:
        stack.push(reader.text(reader.length8()));
        break;
      case opcodes.string:
      case opcodes.bytes:
        stack.push(reader.latin(reader.length4()));
        break;
      case opcodes.shortString:
      case opcodes.shortBytes:
        stack.push(reader.latin(reader.byte()));
        break;
      case opcodes.emptyTuple:
      case opcodes.emptyList:
        stack.push([]);
        break;
      case opcodes.emptyDict:
        stack.push(new Map());
        break;
      case opcodes.tuple:
      case opcodes.list:
        stack.push(popToMark());
        break;
      case opcodes.tuple1:
      case opcodes.tuple2:
      case opcodes.tuple3:
        stack.push(popMany(opcode - opcodes.tuple1 + 1));
        break;
      case opcodes.dict: {
        const items = popToMark();
        const made = new Map<unknown, unknown>();
        setItems(made, items);
        stack.push(made);
        break;
      }
      case opcodes.append: {
        const value = pop();
        top(Array<unknown>).push(value);
        break;
      }
      case opcodes.appends: {
        const values = popToMark();
        const list = top(Array<unknown>);
        for (const value of values) list.push(value);
        break;
      }
      case opcodes.setItem: {
        const item = popMany(2);
        setItems(top(Map<unknown, unknown>), item);
        break;
      }
      case opcodes.setItems: {
        const items = popToMark();
        setItems(top(Map<unknown, unknown>), items);
        break;
      }
      case opcodes.get:
        recall(reader.byte());
        break;
      case opcodes.longGet:
        recall(reader.length4());
        break;
      case opcodes.put:
        remember(reader.byte());
        break;
      case opcodes.longPut:
        remember(reader.length4());
        break;
      case opcodes.memoize:
        remember(memo.size);
        break;
      case opcodes.global:
        stack.push(new PickleGlobal(`${reader.line()}.${reader.line()}`));
        break;
      case opcodes.stackGlobal: {
        const [module, name] = popMany(2);
        stack.push(new PickleGlobal(`${String(module)}.${String(name)}`));
        break;
      }
      case opcodes.reduce:
      case opcodes.newObject: {
        const [callee, args] = popMany(2);
        stack.push(call(callee, args));
        break;
      }
      case opcodes.build: {
        // Attributes of a dictionary, such as the versions of a state dict: no part of its items.
        pop();
        top(Map);
        break;
      }
      case opcodes.persistent:
        stack.push(world.load(pop()));
        break;
      default:
        fail(`opcode ${opcode} is not one of data`);
    }
  }
}

/** @throws ValueError always: the pickle wants to run code */
export function refuseCall(label: string, name: string): never {
  throw new ValueError(`${label}: the pickle wants to call ${name}`, {
    op: "pytorch",
    hint: "Only tensors and plain data are read, nothing is executed. Save model.state_dict() in PyTorch.",
  });
}
