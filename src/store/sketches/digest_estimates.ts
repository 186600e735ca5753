/** What a t-digest tells, of which all nodes are merged. */

import type { Digest } from "./t_digest.ts";

/** A mean of two values by weights, which is between them. */
function between(x1: number, w1: number, x2: number, w2: number): number {
  const mean = (x1 * w1 + x2 * w2) / (w1 + w2);
  const [least, greatest] = x1 <= x2 ? [x1, x2] : [x2, x1];
  return Math.max(least, Math.min(mean, greatest));
}

/** The part of the observations that are not greater than a value, an equal one counted half. */
export function distribution(digest: Digest, value: number): number {
  const { merged: nodes, means, weights, min, max, mergedWeight: total } = digest;
  if (nodes === 0) return NaN;
  if (value < min) return 0;
  if (value > max) return 1;
  if (nodes === 1) {
    const width = max - min;
    return value - min <= width ? 0.5 : (value - min) / width;
  }
  const first = means[0]!, last = means[nodes - 1]!;
  if (value < first) {
    const width = first - min;
    if (!(width > 0)) return 0;
    if (value === min) return 0.5 / total;
    return (1 + (value - min) / width * (weights[0]! / 2 - 1)) / total;
  }
  if (value > last) {
    const width = max - last;
    if (!(width > 0)) return 1;
    if (value === max) return 1 - 0.5 / total;
    return 1 - (1 + (max - value) / width * (weights[nodes - 1]! / 2 - 1)) / total;
  }
  let before = 0;
  for (let i = 0; i < nodes - 1; i++) {
    const weight = weights[i]!;
    if (means[i] === value) {
      let equal = 0;
      for (; i < nodes && means[i] === value; i++) equal += weights[i]!;
      return (before + equal / 2) / total;
    }
    if (means[i]! <= value && value < means[i + 1]!) {
      return upTo(digest, i, before, value) / total;
    }
    before += weight;
  }
  return 1 - 0.5 / total;
}

/** What is not greater than a value between a node and the next one, of which `before` is before both. */
function upTo({ means, weights }: Digest, i: number, before: number, value: number): number {
  const weight = weights[i]!, next = weights[i + 1]!;
  const mean = means[i]!, width = means[i + 1]! - mean;
  const both = (weight + next) / 2;
  if (!(width > 0)) return before + both;
  // A single observation is exactly at its mean, so that nothing of it is in between.
  let left = 0, right = 0;
  if (weight === 1) {
    if (next === 1) return before + 1;
    left = 0.5;
  } else if (next === 1) {
    right = 0.5;
  }
  const base = before + weight / 2 + left;
  return base + (both - left - right) * (value - mean) / width;
}

/** Tells the values of quantiles that are asked for in ascending order. */
export class Quantiles {
  readonly #digest: Digest;
  #before: number;
  #node = 0;

  /** Takes the digest. */
  constructor(digest: Digest) {
    this.#digest = digest;
    this.#before = (digest.weights[0] ?? 0) / 2;
  }

  /** The value that a part of the observations is not greater than. */
  at(quantile: number): number {
    const { merged: nodes, means } = this.#digest;
    if (nodes === 0 || !(quantile >= 0 && quantile <= 1)) return NaN;
    if (nodes === 1) return means[0]!;
    return this.#atIndex(quantile * this.#digest.mergedWeight);
  }

  #atIndex(index: number): number {
    const { merged: nodes, means, weights, min, max, mergedWeight: total } = this.#digest;
    const leftWeight = weights[0]!;
    if (leftWeight > 1 && index < leftWeight / 2) {
      return min + (index - 1) / (leftWeight / 2 - 1) * (means[0]! - min);
    }
    if (index > total - 1) return max;
    const rightWeight = weights[nodes - 1]!, right = means[nodes - 1]!;
    if (rightWeight > 1 && total - index <= rightWeight / 2) {
      return max - (total - index - 1) / (rightWeight / 2 - 1) * (max - right);
    }
    for (; this.#node < nodes - 1; this.#node++) {
      const i = this.#node;
      const both = (weights[i]! + weights[i + 1]!) / 2;
      const into = index - this.#before;
      if (this.#before + both > index) {
        let left = 0, rightUnit = 0;
        if (weights[i] === 1) {
          if (into < 0.5) return means[i]!;
          left = 0.5;
        }
        if (weights[i + 1] === 1) {
          if (this.#before + both - index <= 0.5) return means[i + 1]!;
          rightUnit = 0.5;
        }
        const z1 = into - left;
        const z2 = this.#before + both - index - rightUnit;
        return between(means[i]!, z2, means[i + 1]!, z1);
      }
      this.#before += both;
    }
    const z1 = index - total - rightWeight / 2;
    const z2 = rightWeight / 2 - z1;
    return between(right, z1, max, z2);
  }
}

/** The value of one quantile by itself. */
export function quantile(digest: Digest, wanted: number): number {
  const { merged: nodes, min, mergedWeight: total } = digest;
  if (nodes > 1 && wanted >= 0 && wanted <= 1 && wanted * total < 1) return min;
  return new Quantiles(digest).at(wanted);
}

/** The mean of what is between two quantiles. */
export function trimmedMean(digest: Digest, low: number, high: number): number {
  const { merged: nodes, means, weights, mergedWeight: total } = digest;
  if (nodes === 0) return NaN;
  if (nodes === 1) return means[0]!;
  const from = Math.floor(total * low), to = Math.ceil(total * high);
  let before = 0, sum = 0, count = 0;
  for (let i = 0; i < nodes; i++) {
    let part = weights[i]!;
    part -= Math.min(Math.max(0, from - before), part);
    part = Math.min(Math.max(0, to - before), part);
    before += weights[i]!;
    sum += means[i]! * part;
    count += part;
    if (before >= to) break;
  }
  return sum / count;
}
