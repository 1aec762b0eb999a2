/** Numbers in [0, 1) that are the same for the same seed on every machine (a linear congruence; good enough to shuffle). */
export function seededRandom(seed: number): () => number {
  let state = BigInt.asUintN(64, BigInt(seed) * 0x9e3779b97f4a7c15n + 1n);
  return () => {
    state = BigInt.asUintN(64, state * 6364136223846793005n + 1442695040888963407n);
    return Number(state >> 33n) / 2 ** 31;
  };
}

/** Whole numbers from `least` to `most`, both included. */
export function integers(random: () => number): (least: number, most: number) => number {
  return (least, most) => least + Math.floor(random() * (most - least + 1));
}
