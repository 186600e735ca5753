/** The frame around all views: who it is, which database, and where to go. */

import { useCallback, useEffect, useMemo, useState } from "preact/hooks";
import { Connection, NotSignedIn, type Session } from "../data/connection.ts";
import { Dialog } from "../ui/dialog.tsx";
import { messageOf } from "../ui/loaded.tsx";
import { type Console, ConsoleContext, type Question } from "./console.ts";
import { addressOf, goTo, usePlace } from "./place.ts";
import { SignIn } from "./sign_in.tsx";
import { switchTheme } from "./theme.ts";
import { VIEWS } from "./views.tsx";

/** Where a tab keeps who has signed in, until it is closed. */
const KEPT = "redlite-authorization";
/** Milliseconds for which a message stands. */
const MESSAGE_MS = 6000;

interface Asked extends Question {
  readonly answer: (yes: boolean) => void;
}

interface Message {
  readonly text: string;
  readonly isError: boolean;
}

/** The console. */
export function App() {
  const [authorization, setAuthorization] = useState(() => sessionStorage.getItem(KEPT));
  const [session, setSession] = useState<Session | undefined>();
  const [refusal, setRefusal] = useState<string | undefined>();
  const connection = useMemo(() => new Connection(authorization ?? undefined), [authorization]);
  useEffect(() => {
    const refused = (message: string) => {
      sessionStorage.removeItem(KEPT);
      setSession(undefined);
      setRefusal(authorization === null ? "" : message);
    };
    connection.onRefused = () => refused("The server does not know this user and password.");
    connection.session().then((session) => {
      if (authorization !== null) sessionStorage.setItem(KEPT, authorization);
      setRefusal(undefined);
      setSession(session);
    }, (error) => {
      if (!(error instanceof NotSignedIn)) setRefusal(messageOf(error));
    });
  }, [connection]);
  if (refusal !== undefined) {
    return <SignIn message={refusal} onGiven={(given) => setAuthorization(given)} />;
  }
  if (session === undefined) return <p class="quiet" role="status">Loading…</p>;
  const signOut = () => {
    sessionStorage.removeItem(KEPT);
    setSession(undefined);
    setAuthorization(null);
  };
  return (
    <Frame
      connection={connection}
      session={session}
      onSignOut={authorization === null ? undefined : signOut}
    />
  );
}

function Frame({ connection, session, onSignOut }: {
  readonly connection: Connection;
  readonly session: Session;
  readonly onSignOut: (() => void) | undefined;
}) {
  const place = usePlace();
  const [asked, setAsked] = useState<Asked | undefined>();
  const [message, setMessage] = useState<Message | undefined>();
  useEffect(() => {
    if (message === undefined) return;
    const timer = setTimeout(() => setMessage(undefined), MESSAGE_MS);
    return () => clearTimeout(timer);
  }, [message]);
  const allowed = useMemo(() => new Set(session.commands), [session]);
  const tell = useCallback(
    (text: string, isError = false) => setMessage({ text, isError }),
    [],
  );
  const { db } = place;
  const console = useMemo<Console>(() => ({
    connection,
    session,
    db,
    may: (...names) => names.every((name) => allowed.has(name)),
    one: (command, signal) => connection.one(db, command, signal),
    run: (commands, signal) => connection.run(db, commands, signal),
    async change(command) {
      try {
        await connection.one(db, command);
        return true;
      } catch (error) {
        tell(messageOf(error), true);
        return false;
      }
    },
    ask: (question) => new Promise((answer) => setAsked({ ...question, answer })),
    tell,
    open: (key) => goTo({ view: "keys", db, key }),
  }), [connection, session, db, allowed, tell]);
  const answered = (yes: boolean) => {
    asked?.answer(yes);
    setAsked(undefined);
  };
  const shown = VIEWS.filter(({ needs }) => console.may(...needs));
  const view = shown.find(({ name }) => name === place.view) ?? shown[0];
  return (
    <ConsoleContext.Provider value={console}>
      <header class="bar">
        <strong class="brand">Redlite</strong>
        <nav aria-label="Views">
          {shown.map(({ name, title }) => (
            <a
              key={name}
              href={addressOf({ view: name, db, key: undefined })}
              aria-current={view?.name === name ? "page" : undefined}
            >
              {title}
            </a>
          ))}
        </nav>
        <label class="database">
          <span>Database</span>
          <input
            type="number"
            min="0"
            max={session.databases - 1}
            value={db}
            onChange={({ currentTarget }) => {
              const chosen = Math.min(
                session.databases - 1,
                Math.max(0, currentTarget.valueAsNumber || 0),
              );
              goTo({ view: place.view, db: chosen, key: undefined });
            }}
          />
        </label>
        <span class="user" title="Signed in as">{session.user}</span>
        <button
          type="button"
          class="plain"
          aria-label="Light or dark"
          title="Light or dark"
          onClick={switchTheme}
        >
          ◐
        </button>
        {onSignOut && <button type="button" class="plain" onClick={onSignOut}>Sign out</button>}
      </header>
      <main tabIndex={0}>
        {view === undefined
          ? <p class="quiet">This user may run nothing that the console shows.</p>
          : <view.View key={`${view.name}/${db}`} place={place} />}
      </main>
      <div class="messages" role="status">
        {message && (
          <p class={message.isError ? "message error" : "message"}>
            {message.text}
            <button
              type="button"
              class="plain"
              aria-label="Close"
              onClick={() => setMessage(undefined)}
            >
              ✕
            </button>
          </p>
        )}
      </div>
      {asked && (
        <Dialog title={asked.title} onClose={() => answered(false)}>
          <p>{asked.text}</p>
          <footer>
            <button type="button" onClick={() => answered(false)}>Cancel</button>
            <button type="button" class="danger" onClick={() => answered(true)}>
              {asked.action}
            </button>
          </footer>
        </Dialog>
      )}
    </ConsoleContext.Provider>
  );
}
