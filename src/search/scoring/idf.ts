/** How much a term tells: inverse document frequencies. */

/** That of TF-IDF: the exponent, as C's `logb` has it. */
export function idfOf(documents: number, withTerm: number): number {
  return Math.floor(Math.log2(1 + (documents + 1) / (withTerm || 1)));
}

/** That of BM25STD, whose argument RediSearch has in single precision. */
export function idfBm25Of(documents: number, withTerm: number): number {
  const total = Math.max(documents, withTerm);
  return Math.log(Math.fround(1 + Math.fround((total - withTerm + 0.5) / (withTerm + 0.5))));
}
