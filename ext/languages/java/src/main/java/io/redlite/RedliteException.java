package io.redlite;

/** The server could not be found or started; the message says what to do. */
public final class RedliteException extends RuntimeException {
  private static final long serialVersionUID = 1;

  RedliteException(String message) {
    super(message);
  }
}
