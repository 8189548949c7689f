// Which tab this is. A tab keeps its token in its sessionStorage, which outlives a reload, and hands it to the server
// over the websocket alone. sessionStorage is copied with a tab: the token counts only where this document alone holds
// the lock of that name, which ends with the document.
const KEY = "spinelens-tab";
const WAIT_MS = 3000; // a reload on a busy machine may have to wait for the document before it to let go

// The component is loaded anew with every page; what it holds is the document's.
const own = (window[Symbol.for("spinelens-tab")] ??= { lock: "", release: () => {}, asked: "" });

const read = () => {
  try {
    return JSON.parse(sessionStorage.getItem(KEY)) ?? {};
  } catch {
    return {};
  }
};

const write = (kept) => {
  try {
    sessionStorage.setItem(KEY, JSON.stringify(kept));
  } catch {
    // Without storage a reload finds an empty page, and nothing else is lost.
  }
};

/** True where this document holds the lock, false where another does, null where the browser cannot tell. */
const hold = (name) => {
  if (!name || !navigator.locks) return Promise.resolve(null);
  if (name === own.lock) return Promise.resolve(true);
  return new Promise((done) => {
    const held = () => {
      own.release();
      own.lock = name;
      done(true);
      return new Promise((release) => (own.release = release));
    };
    navigator.locks.request(name, { signal: AbortSignal.timeout(WAIT_MS) }, held).catch(() => done(false));
  });
};

const answer = async (ask) => {
  const { token = "", lock = "", open = "" } = read();
  const alone = await hold(lock);
  if (alone !== false) return { ask, token, open, alone: alone === true, duplicate: false };
  write({});
  return { ask, token: "", open: "", alone: false, duplicate: true };
};

export default function ({ data, setStateValue }) {
  if (!data.ask) {
    write(data);
    hold(data.lock);
  } else if (own.asked !== data.ask) {
    own.asked = data.ask;
    answer(data.ask).then((said) => setStateValue("answer", said));
  }
}
