import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { webgpuBackend } from "../../../engine/backend/webgpu/webgpu.js";
import { acknowledgeCancel, beginRun, cancelWords, requestCancel } from "../../../engine/cancel.js";
import {
  crossEntropy,
  type Device,
  DeviceError,
  DTypeError,
  engineDescription,
  gather,
  InterruptedError,
  matmul,
  memoryReport,
  OutOfMemoryError,
  ones,
  setDevice,
  type Tensor,
  take,
  tensor,
  ValueError,
  zeros,
} from "../../../engine/index.js";
import { noGpu, on } from "./gpu.js";

/** What is thrown, as text. */
function refusal(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    return `${(error as Error).constructor.name}: ${(error as Error).message}`;
  }
  return "nothing was thrown";
}

/** Runs a script in a process of its own, with the built engine as `gb`. */
function run(script: string, env: Record<string, string> = {}): { code: number | null; output: string } {
  const engine = new URL("../../../dist/engine/index.js", import.meta.url).href;
  const code = `import * as gb from ${JSON.stringify(engine)};\n${script}`;
  const { status, stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", code], {
    encoding: "utf8",
    env: { ...process.env, ...env },
    cwd: fileURLToPath(new URL("../../..", import.meta.url)),
    timeout: 60_000,
  });
  return { code: status, output: `${stdout}${stderr}` };
}

describe("a device that is not there", () => {
  test("an unknown name says which there are", () => {
    const message = 'no device cuda. There are "cpu" and "webgpu"';
    expect(() => setDevice("cuda" as Device)).toThrow(`setDevice: ${message}`);
    expect(() => tensor([1], { device: "cuda" as Device })).toThrow(`tensor: ${message}`);
    expect(() => ones([1]).to("cuda" as Device)).toThrow(`to: ${message}`);
    expect(() => setDevice(undefined as never)).toThrow(DeviceError);
    expect(tensor([1]).device).toBe("cpu");
  });

  test("without a driver the error says what to install, and the CPU goes on", () => {
    const script = `
      try { gb.setDevice("webgpu"); } catch (error) { console.log(error.constructor.name + ": " + error.message); }
      console.log(gb.tensor([1, 2]).sum().item());`;
    const { code, output } = run(script, { GRADBOOK_WEBGPU: "adapter=no such adapter" });
    expect(output).toMatch(/DeviceError: webgpu: .*(no GPU was found|no suitable backends)/);
    expect(output).toContain('setDevice("cpu")');
    expect(output).toMatch(/^3$/m);
    expect(code).toBe(0);
  });
});

describe.skipIf(noGpu)("WebGPU as a device", () => {
  test("is named by tensors and by the description", () => {
    on("webgpu", () => {
      expect(ones([2]).device).toBe("webgpu");
      expect(engineDescription()).toMatchObject({ device: "webgpu", kernels: expect.stringContaining("webgpu") });
    });
    expect(ones([2]).device).toBe("cpu");
    expect(ones([2], { device: "webgpu" }).add(1).device).toBe("webgpu");
  });

  test("to copies there and back, any layout and dtype that both have, and gradients with it", () => {
    const x = tensor([[1, 2, 3], [4, 5, 6]], { requiresGrad: true }); // biome-ignore format: a matrix
    expect(x.to("cpu")).toBe(x);
    const there = x.transpose().to("webgpu");
    expect(there.toArray()).toEqual([[1, 4], [2, 5], [3, 6]]); // biome-ignore format: a matrix
    there.square().sum().to("cpu").backward();
    expect(x.grad!.device).toBe("cpu");
    expect(x.grad!.toArray()).toEqual([[2, 4, 6], [8, 10, 12]]); // biome-ignore format: a matrix
    for (const dtype of ["int8", "uint8", "bool", "int32", "uint32"] as const) {
      const bytes = tensor([1, 0, 1, 1, 0], { dtype });
      expect(bytes.to("webgpu").at([4, 0]).to("cpu").toArray()).toEqual(bytes.at([4, 0]).toArray());
    }
    expect(tensor([true, false, true], { device: "webgpu" }).toArray()).toEqual([true, false, true]);
  });

  test("reads: blocking, awaited, several at once, odd places", async () => {
    const x = tensor(
      Float32Array.from({ length: 1000 }, (_, i) => i),
      { device: "webgpu" },
    );
    expect(x.at(999).item()).toBe(999);
    let turns = 0;
    const count = setInterval(() => turns++, 1);
    const slow = zeros([600, 600], { device: "webgpu" }).add(1) as Tensor;
    const reads = Array.from({ length: 20 }, (_, i) => x.mul(i).read());
    const product = (await matmul(slow, slow as never).read()) as Float32Array;
    clearInterval(count);
    expect(product[5]).toBe(600);
    expect(turns, "the event loop went on").toBeGreaterThan(0);
    (await Promise.all(reads)).forEach((read, i) => {
      expect([...read.slice(0, 3)]).toEqual([0, i, 2 * i]);
    });
    const bytes = x.gt(500);
    expect(bytes.at(501).item()).toBe(true);
    expect([...(await bytes.at(500).read())]).toEqual([0]);
  });

  test("mixed devices are an error that names both, and does no harm", () => {
    const [here, there] = [tensor([[1, 2], [3, 4]]), tensor([[1, 2], [3, 4]], { device: "webgpu" })]; // biome-ignore format: matrices
    expect(refusal(() => here.add(there))).toBe(
      'DeviceError: add: tensors on cpu and on webgpu. Bring them together first: x.to("cpu")',
    );
    expect(refusal(() => there.matmul(here))).toContain("tensors on webgpu and on cpu");
    expect(refusal(() => crossEntropy(there, tensor([0, 1], { dtype: "int32" })))).toContain(
      "tensors on webgpu and on cpu",
    );
    expect(there.matmul(there).toArray()).toEqual([[7, 10], [15, 22]]); // biome-ignore format: a matrix
    expect(here.matmul(here).toArray()).toEqual([[7, 10], [15, 22]]); // biome-ignore format: a matrix
  });

  test("what it lacks is refused at the operation, with the way out", () => {
    const x = tensor([1, 2, 3], { device: "webgpu" });
    const wayOut = 'x.to("cpu")';
    for (const dtype of ["float64", "int64", "float16", "bfloat16"] as const) {
      expect(refusal(() => x.cast(dtype))).toMatch(
        new RegExp(`^DTypeError: tensor: webgpu has no ${dtype}.*to\\("cpu"\\)`),
      );
      expect(refusal(() => tensor([1], { dtype }).to("webgpu"))).toContain(`webgpu has no ${dtype}`);
    }
    expect(refusal(() => x.sort())).toMatch(/^DeviceError: sort: not available on webgpu yet.*to\("cpu"\)/);
    const i = x.cast("int32");
    expect(() => i.pow(3)).toThrow(DTypeError);
    expect(refusal(() => i.pow(3))).toContain("webgpu computes pow in float32, which does not hold every int32");
    expect(refusal(() => i.add(tensor(Uint32Array.of(1, 2, 3), { device: "webgpu" })))).toContain(wayOut);
    // Nothing is left behind.
    expect(x.add(1).toArray()).toEqual([2, 3, 4]);
  });

  test("bad data is found: by the next read, which names the operation", () => {
    const logits = tensor([[1, 2], [3, 4]], { device: "webgpu" }); // biome-ignore format: a matrix
    const labels = tensor([0, 2], { dtype: "int32", device: "webgpu" });
    const loss = crossEntropy(logits, labels);
    expect(refusal(() => loss.item())).toMatch(/^ValueError: crossEntropy: label 2 is not one of the classes 0 to 1/);
    expect(loss.item()).toBeNaN();
    const index = tensor([0, 5], { dtype: "int32", device: "webgpu" });
    expect(() => take(logits, index, 0).data()).toThrow(ValueError);
    const per = tensor([0, -3], { dtype: "int32", device: "webgpu" }).reshape([2, 1]) as Tensor;
    expect(refusal(() => gather(logits, per, 1).data())).toMatch(
      /^ValueError: gather: index -3 is outside an axis of length 2/,
    );
    expect(logits.toArray()).toEqual([[1, 2], [3, 4]]); // biome-ignore format: a matrix
  });

  test("a tensor beyond what the GPU takes at once is refused by name", () => {
    expect(() => zeros([2 ** 40], { device: "webgpu" })).toThrow(OutOfMemoryError);
    expect(refusal(() => zeros([2 ** 40], { device: "webgpu" }))).toContain(`[${2 ** 40}] float32`);
  });

  test("a Stop ends the wait; what was begun is still there afterwards", () => {
    const x = ones([1400, 1400], { device: "webgpu" });
    const product = matmul(x, x);
    beginRun(7);
    requestCancel(cancelWords, 7);
    try {
      expect(() => product.sum().item()).toThrow(InterruptedError);
    } finally {
      acknowledgeCancel();
      beginRun(0);
    }
    expect(product.at(3, 4).item()).toBe(1400);
  });

  test("memory comes back when nothing names a tensor, also inside one turn of the event loop", () => {
    on("webgpu", () => {
      const before = memoryReport();
      for (let i = 0; i < 400; i++) zeros([256, 1024]).add(i).sum();
      const after = memoryReport();
      // 400 MiB were made; collections come every 64.
      expect(after.live - before.live).toBeLessThan(160 * 2 ** 20);
      const kept = zeros([1000]);
      const { live, storages } = memoryReport();
      kept.dispose();
      expect(memoryReport()).toMatchObject({ live: live - 4000, storages: storages - 1 });
      expect(() => kept.add(1)).toThrow("the tensor was disposed");
    });
  });

  test("a lost device says so, and another can be started", () => {
    const x = tensor([1, 2], { device: "webgpu" });
    x.add(1).data();
    webgpuBackend().destroy();
    expect(refusal(() => x.add(1).data())).toMatch(
      /^DeviceError: webgpu: the GPU was given back. Its tensors are gone/,
    );
    expect(tensor([1, 2], { device: "webgpu" }).sum().item()).toBe(3);
    expect(refusal(() => x.data())).toContain("Its tensors are gone");
  });

  test("the process ends by itself, with tensors alive and reads done", () => {
    const { code, output } = run(`
      gb.setDevice("webgpu");
      globalThis.x = gb.ones([100]);
      console.log(x.sum().item(), (await x.add(1).read())[0]);`);
    expect(output).toContain("100 2");
    expect(code).toBe(0);
  });
});
