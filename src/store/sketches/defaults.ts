/** What filters are like that commands make without saying so: parameters of CONFIG of the same names. */
export class SketchDefaults {
  /** `bf-error-rate`. */
  bloomError = 0.01;
  /** `bf-initial-size`: items. */
  bloomCapacity = 100;
  /** `bf-expansion-factor`; 0 for filters that do not grow. */
  bloomExpansion = 2;
  /** `cf-bucket-size`. */
  cuckooBucketSize = 2;
  /** `cf-initial-size`: items. */
  cuckooCapacity = 1024;
  /** `cf-max-iterations`. */
  cuckooIterations = 20;
  /** `cf-expansion-factor`; 0 for filters that do not grow. */
  cuckooExpansion = 1;
  /** `cf-max-expansions`: filters in a chain from which on nothing is added to it. */
  cuckooExpansions = 32;
}
