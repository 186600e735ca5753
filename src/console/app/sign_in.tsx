/** Asks who it is. */

import { useState } from "preact/hooks";
import { authorizationOf } from "../data/connection.ts";

/** @param onGiven Gets what the server is to be told. */
export function SignIn({ message, onGiven }: {
  readonly message: string;
  readonly onGiven: (authorization: string) => void;
}) {
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  return (
    <main class="sign-in">
      <form
        class="card"
        onSubmit={(event) => {
          event.preventDefault();
          onGiven(authorizationOf(name.trim(), password));
        }}
      >
        <h1>Redlite</h1>
        <label>
          User
          <input
            value={name}
            autocomplete="username"
            placeholder="none for a token or the default user"
            onInput={({ currentTarget }) => setName(currentTarget.value)}
          />
        </label>
        <label>
          Password or token
          <input
            type="password"
            value={password}
            autocomplete="current-password"
            required
            onInput={({ currentTarget }) => setPassword(currentTarget.value)}
          />
        </label>
        {message !== "" && <p class="error" role="alert">{message}</p>}
        <button type="submit" class="primary">Sign in</button>
      </form>
    </main>
  );
}
