import { createHmac, getHashes, timingSafeEqual } from "node:crypto";

/** Signs and checks the four JSON parts of a message. */
export interface Signer {
  /** The signature in hexadecimal; empty when the connection has no key. */
  sign(parts: readonly Uint8Array[]): string;
  /** Compares in constant time, so that a forger learns nothing from how long it took. */
  verify(parts: readonly Uint8Array[], signature: Uint8Array): boolean;
}

/**
 * Makes the signer of a connection.
 *
 * @param key empty: messages are not signed
 * @param scheme `hmac-sha256` or another hash that Node knows
 * @throws Error for a scheme that is no HMAC of a known hash
 */
export function createSigner(key: string, scheme: string): Signer {
  const algorithm = /^hmac-(.+)$/.exec(scheme)?.[1] ?? "";
  if (key !== "" && !getHashes().includes(algorithm)) {
    throw new Error(`signature_scheme ${JSON.stringify(scheme)} is not supported; use "hmac-sha256"`);
  }
  if (key === "") return { sign: () => "", verify: () => true };
  const sign = (parts: readonly Uint8Array[]): string => {
    const hmac = createHmac(algorithm, key);
    for (const part of parts) hmac.update(part);
    return hmac.digest("hex");
  };
  return {
    sign,
    verify(parts, signature) {
      const expected = Buffer.from(sign(parts), "latin1");
      return expected.length === signature.length && timingSafeEqual(expected, signature);
    },
  };
}
