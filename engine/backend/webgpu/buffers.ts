/// <reference types="@webgpu/types" />

/** Free buffers beyond this (and beyond what is in use) are destroyed. */
const pooledFloor = 256 << 20;

/** Eight sizes per power of two, so at most an eighth of a buffer is wasted. */
function sizeClass(bytes: number): number {
  if (bytes <= 256) return 256;
  const step = 2 ** Math.max(8, Math.floor(Math.log2(bytes - 1)) - 3);
  return Math.ceil(bytes / step) * step;
}

/**
 * GPU buffers by storage id. A buffer that is given back is used again for a storage of its size: commands run in the order in
 * which they were sent, so whoever wrote into it before has finished.
 */
export class Buffers {
  readonly #device: GPUDevice;
  readonly #used = new Map<number, GPUBuffer>();
  readonly #free = new Map<number, GPUBuffer[]>();
  #live = 0;
  #pooled = 0;

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  /** Bytes in free buffers. */
  get pooled(): number {
    return this.#pooled;
  }

  make(id: number, bytes: number): void {
    this.#used.set(id, this.borrow(bytes));
  }

  of(id: number): GPUBuffer {
    const buffer = this.#used.get(id);
    if (buffer === undefined) throw new Error(`storage ${id} does not exist or was released`);
    return buffer;
  }

  release(id: number): void {
    const buffer = this.of(id);
    this.#used.delete(id);
    this.giveBack(buffer);
  }

  /** A buffer that is no storage. */
  borrow(bytes: number): GPUBuffer {
    const size = sizeClass(bytes);
    this.#live += size;
    const buffer = this.#free.get(size)?.pop();
    if (buffer === undefined) {
      const { STORAGE, COPY_SRC, COPY_DST } = GPUBufferUsage;
      return this.#device.createBuffer({ size, usage: STORAGE | COPY_SRC | COPY_DST });
    }
    this.#pooled -= size;
    return buffer;
  }

  giveBack(buffer: GPUBuffer): void {
    const { size } = buffer;
    this.#live -= size;
    if (this.#pooled + size > Math.max(pooledFloor, this.#live)) {
      buffer.destroy();
      return;
    }
    this.#pooled += size;
    const others = this.#free.get(size);
    if (others) others.push(buffer);
    else this.#free.set(size, [buffer]);
  }
}
