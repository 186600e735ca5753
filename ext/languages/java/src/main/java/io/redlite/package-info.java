/** Redis in one SQLite file: Jedis connected to a private Redlite server. */
@NullMarked
package io.redlite;

import org.jspecify.annotations.NullMarked;
