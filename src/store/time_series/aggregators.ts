/**
 * What samples of a bucket are made into: https://redis.io/docs/latest/commands/ts.range/
 *
 * The sums are made in the order and by the formulas of RedisTimeSeries, so that the last digits are
 * the same. Samples that are not a number count where that is asked for alone.
 *
 * @module
 */

/** The aggregators, in the order of their numbers in facts of rules; the names are RedisTimeSeries's. */
export const AGGREGATORS = [
  "none",
  "min",
  "max",
  "sum",
  "avg",
  "count",
  "first",
  "last",
  "range",
  "std.p",
  "std.s",
  "var.p",
  "var.s",
  "twa",
  "countnan",
  "countall",
] as const;

/** The name of an aggregator. */
export type AggregatorName = Exclude<typeof AGGREGATORS[number], "none">;

/** Numbers that are kept of an aggregator between samples, most. */
export const KEPT_NUMBERS = 9;

/** Makes one value out of a bucket's samples. Those of a bucket come in the order of their times. */
export interface Aggregator {
  /** Whether it wants the samples before and after the bucket's. */
  readonly wantsNeighbours: boolean;
  /** Forgets the bucket, and takes the next one's bounds. @param end Not in it. */
  begin(start: number, end: number): void;
  /** Takes the last sample before the bucket. */
  before(time: number, value: number): void;
  /** Takes a sample. */
  add(time: number, value: number): void;
  /** Takes samples of arrays. */
  addAll(times: Float64Array, values: Float64Array, from: number, to: number): void;
  /** Takes the first sample after the bucket. */
  after(time: number, value: number): void;
  /** The value; undefined without a sample that counts. */
  result(): number | undefined;
  /** The value of a bucket without samples. */
  empty(): number;
  /** What it has to keep, in numbers. */
  save(numbers: Float64Array): void;
  /** Takes what was kept. */
  load(numbers: Float64Array): void;
}

abstract class Plain implements Aggregator {
  readonly wantsNeighbours: boolean = false;
  /** Samples that count. */
  protected count = 0;

  begin(_start: number, _end: number): void {
    this.count = 0;
  }
  before(_time: number, _value: number): void {}
  after(_time: number, _value: number): void {}
  abstract add(time: number, value: number): void;
  abstract result(): number | undefined;

  addAll(times: Float64Array, values: Float64Array, from: number, to: number): void {
    for (let i = from; i < to; i++) this.add(times[i]!, values[i]!);
  }
  empty(): number {
    return NaN;
  }
  save(numbers: Float64Array): void {
    numbers[0] = this.count;
  }
  load(numbers: Float64Array): void {
    this.count = numbers[0]!;
  }
}

class Extremes extends Plain {
  #min = 0;
  #max = 0;
  readonly #of: "min" | "max" | "range";

  constructor(of: "min" | "max" | "range") {
    super();
    this.#of = of;
  }

  add(_time: number, value: number): void {
    if (value !== value) return;
    if (this.count++ === 0) {
      this.#min = this.#max = value;
    } else {
      if (value > this.#max) this.#max = value;
      if (value < this.#min) this.#min = value;
    }
  }

  override addAll(_: Float64Array, values: Float64Array, from: number, to: number): void {
    let min = this.#min, max = this.#max, count = this.count;
    for (let i = from; i < to; i++) {
      const value = values[i]!;
      if (value !== value) continue;
      if (count++ === 0) min = max = value;
      else if (value > max) max = value;
      else if (value < min) min = value;
    }
    this.#min = min;
    this.#max = max;
    this.count = count;
  }

  result(): number | undefined {
    if (this.count === 0) return undefined;
    if (this.#of === "min") return this.#min;
    return this.#of === "max" ? this.#max : this.#max - this.#min;
  }

  override save(numbers: Float64Array): void {
    numbers.set([this.count, this.#min, this.#max]);
  }
  override load(numbers: Float64Array): void {
    this.count = numbers[0]!;
    this.#min = numbers[1]!;
    this.#max = numbers[2]!;
  }
}

class Sum extends Plain {
  #sum = 0;
  readonly #isMean: boolean;
  /** The mean so far, once the sum is beyond what a number holds. */
  #mean: number | undefined;

  constructor(isMean: boolean) {
    super();
    this.#isMean = isMean;
  }

  override begin(): void {
    this.count = 0;
    this.#sum = 0;
    this.#mean = undefined;
  }

  add(_time: number, value: number): void {
    if (value !== value) return;
    const sum = this.#sum + value;
    this.count++;
    if (this.#isMean && (this.#mean !== undefined || isOverflow(sum, this.#sum, value))) {
      const mean = this.#mean ?? this.#sum / (this.count - 1);
      this.#mean = mean + (value / this.count - mean / this.count);
    }
    this.#sum = sum;
  }

  override addAll(times: Float64Array, values: Float64Array, from: number, to: number): void {
    if (this.#mean !== undefined) return super.addAll(times, values, from, to);
    let sum = this.#sum, count = this.count;
    for (let i = from; i < to; i++) {
      const value = values[i]!;
      if (value !== value) continue;
      sum += value;
      count++;
    }
    // Once more, one by one, where the sum does not tell the mean.
    if (this.#isMean && !Number.isFinite(sum)) return super.addAll(times, values, from, to);
    this.#sum = sum;
    this.count = count;
  }

  result(): number | undefined {
    if (this.count === 0) return undefined;
    return this.#isMean ? this.#mean ?? this.#sum / this.count : this.#sum;
  }
  override empty(): number {
    return this.#isMean ? NaN : 0;
  }
  override save(numbers: Float64Array): void {
    numbers.set([this.count, this.#sum, this.#mean ?? NaN]);
  }
  override load(numbers: Float64Array): void {
    this.count = numbers[0]!;
    this.#sum = numbers[1]!;
    this.#mean = Number.isNaN(numbers[2]!) ? undefined : numbers[2]!;
  }
}

const isOverflow = (sum: number, before: number, value: number) =>
  !Number.isFinite(sum) && Number.isFinite(before) && Number.isFinite(value);

class Count extends Plain {
  readonly #of: "numbers" | "others" | "all";

  constructor(of: "numbers" | "others" | "all") {
    super();
    this.#of = of;
  }

  add(_time: number, value: number): void {
    if (this.#of === "all" || (value !== value) === (this.#of === "others")) this.count++;
  }
  result(): number {
    return this.count;
  }
  override empty(): number {
    return 0;
  }
}

class Single extends Plain {
  #value = 0;
  readonly #isLast: boolean;

  constructor(isLast: boolean) {
    super();
    this.#isLast = isLast;
  }

  add(_time: number, value: number): void {
    if (value !== value) return;
    if (this.count++ === 0 || this.#isLast) this.#value = value;
  }
  result(): number | undefined {
    return this.count === 0 ? undefined : this.#value;
  }
  override save(numbers: Float64Array): void {
    numbers.set([this.count, this.#value]);
  }
  override load(numbers: Float64Array): void {
    this.count = numbers[0]!;
    this.#value = numbers[1]!;
  }
}

class Variance extends Plain {
  #sum = 0;
  #squares = 0;
  readonly #ofSample: boolean;
  readonly #isDeviation: boolean;

  constructor(ofSample: boolean, isDeviation: boolean) {
    super();
    this.#ofSample = ofSample;
    this.#isDeviation = isDeviation;
  }

  override begin(): void {
    this.count = this.#sum = this.#squares = 0;
  }
  add(_time: number, value: number): void {
    if (value !== value) return;
    this.count++;
    this.#sum += value;
    this.#squares += value * value;
  }
  result(): number | undefined {
    const { count } = this;
    if (count === 0) return undefined;
    const variance = this.#variance(count);
    return this.#isDeviation ? Math.sqrt(variance) : variance;
  }
  #variance(count: number): number {
    if (this.#ofSample && count === 1) return 0;
    const sum = this.#sum;
    const mean = sum / count;
    const variance = (this.#squares - 2 * sum * sum / count + mean * mean * count) / count;
    return this.#ofSample ? variance * count / (count - 1) : variance;
  }
  override save(numbers: Float64Array): void {
    numbers.set([this.count, this.#sum, this.#squares]);
  }
  override load(numbers: Float64Array): void {
    this.count = numbers[0]!;
    this.#sum = numbers[1]!;
    this.#squares = numbers[2]!;
  }
}

/**
 * The mean over time of a line through the samples, within the bucket. Where there is a sample before
 * or after it the line goes to the bucket's bounds, else from its first or to its last sample.
 */
class TimeWeighted extends Plain {
  override readonly wantsNeighbours = true;
  #start = 0;
  #end = 0;
  #area = 0;
  /** Where the line begins. */
  #from = 0;
  /** The last sample, or the one before the bucket. */
  #time = NaN;
  #value = 0;
  /** Where the line ends, once it is known. */
  #to = NaN;

  override begin(start: number, end: number): void {
    this.count = 0;
    this.#start = start;
    this.#end = end;
    this.#area = 0;
    this.#time = this.#to = NaN;
  }

  override before(time: number, value: number): void {
    if (value !== value) return;
    this.#time = time;
    this.#value = value;
  }

  add(time: number, value: number): void {
    if (value !== value) return;
    if (this.count++ === 0) {
      this.#from = Number.isNaN(this.#time) ? time : this.#start;
    }
    if (!Number.isNaN(this.#time)) {
      const isFirst = this.count === 1;
      const from = isFirst ? this.#from : this.#time;
      const before = isFirst ? this.#at(from, time, value) : this.#value;
      this.#area += (before + value) * (time - from) / 2;
    }
    this.#time = time;
    this.#value = value;
    this.#to = time;
  }

  /** The line from the last sample to another at a time, counted from the earlier one of them. */
  #at(when: number, time: number, value: number): number {
    // Backwards, times are before 0.
    if (time <= 0 && this.#time < 0) {
      return value + (when - time) * (this.#value - value) / (this.#time - time);
    }
    return this.#value + (when - this.#time) * (value - this.#value) / (time - this.#time);
  }

  override after(time: number, value: number): void {
    if (value !== value || this.count === 0) return;
    const at = this.#at(this.#end, time, value);
    this.#area += (this.#value + at) * (this.#end - this.#time) / 2;
    this.#to = this.#end;
  }

  result(): number | undefined {
    if (this.count === 0) return undefined;
    const length = this.#to - this.#from;
    return length === 0 ? this.#value : this.#area / length;
  }

  override save(numbers: Float64Array): void {
    numbers.set([
      this.count,
      this.#start,
      this.#end,
      this.#area,
      this.#from,
      this.#time,
      this.#value,
      this.#to,
    ]);
  }
  override load(numbers: Float64Array): void {
    this.count = numbers[0]!;
    this.#start = numbers[1]!;
    this.#end = numbers[2]!;
    this.#area = numbers[3]!;
    this.#from = numbers[4]!;
    this.#time = numbers[5]!;
    this.#value = numbers[6]!;
    this.#to = numbers[7]!;
  }
}

/** Makes an aggregator. */
export function aggregatorOf(name: AggregatorName): Aggregator {
  switch (name) {
    case "min":
    case "max":
    case "range":
      return new Extremes(name);
    case "sum":
      return new Sum(false);
    case "avg":
      return new Sum(true);
    case "count":
      return new Count("numbers");
    case "countnan":
      return new Count("others");
    case "countall":
      return new Count("all");
    case "first":
      return new Single(false);
    case "last":
      return new Single(true);
    case "std.p":
      return new Variance(false, true);
    case "std.s":
      return new Variance(true, true);
    case "var.p":
      return new Variance(false, false);
    case "var.s":
      return new Variance(true, false);
    case "twa":
      return new TimeWeighted();
  }
}

/** The aggregator of a name in any case; undefined if there is none. */
export function aggregatorNamed(text: string): AggregatorName | undefined {
  const name = text.toLowerCase();
  const found = AGGREGATORS.find((each) => each === name);
  return found === "none" ? undefined : found;
}

/** Where the bucket of a time begins; before 0 it may be. */
export function bucketOf(time: number, duration: number, alignment: number): number {
  const rest = (time - alignment) % duration;
  return time - (rest < 0 ? rest + duration : rest);
}
