/** Commands that read, and store what they compute if they may write. */
export const STORING_READS: ReadonlySet<string> = new Set([
  "pfcount",
  ...["quantile", "cdf", "rank", "revrank", "byrank", "byrevrank", "trimmed_mean"]
    .map((name) => `tdigest.${name}`),
]);
