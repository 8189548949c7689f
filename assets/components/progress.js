// The progress of one job, asked for over HTTP until it is over. Then the page is told, and shows the result; it is told
// of partial results as well.
const EVERY_MS = 250;
const AGAIN_MS = 1000;

// Every run of the page calls this anew; one loop at a time asks.
const loops = new WeakMap();

export default function ({ data, parentElement, setTriggerValue }) {
  loops.get(parentElement)?.();
  const [text, bar, fill] = [".text", ".bar", ".fill"].map((part) => parentElement.querySelector(part));
  const address = new URL(`/${data.address}`, document.baseURI);
  let timer;
  let stopped = false;
  let parts = data.parts;

  const draw = ({ done, what }) => {
    text.textContent = what && what !== data.label ? `${data.label}: ${what}` : data.label;
    bar.setAttribute("aria-label", data.label);
    bar.setAttribute("aria-valuenow", Math.round(100 * done));
    fill.style.width = `${100 * done}%`;
  };

  // What the page was told may be lost, for instance where the reader turns to another page in that moment: it is told
  // again, later each time, until it has taken this bar away. A job that is gone, or not this browser's, is over too.
  let again = AGAIN_MS;
  const ask = async () => {
    let wait = EVERY_MS;
    try {
      const answer = await fetch(address, { cache: "no-store" });
      const state = answer.ok ? await answer.json() : { over: true };
      if (stopped) return;
      if (answer.ok) draw(state);
      if (state.over) {
        setTriggerValue("over", true);
        wait = again;
        again *= 2;
      } else if (state.parts > parts) {
        parts = state.parts;
        setTriggerValue("part", parts);
      }
    } catch {
      // The server does not answer for the moment.
    }
    if (!stopped) timer = setTimeout(ask, wait);
  };

  const stop = () => {
    stopped = true;
    clearTimeout(timer);
  };
  loops.set(parentElement, stop);
  draw(data);
  ask();
  return stop;
}
