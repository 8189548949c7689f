// The progress of one job, asked for over HTTP until it is over. Then the page is told once, and shows the result.
const EVERY_MS = 250;

// Every run of the page calls this anew; one loop at a time asks.
const loops = new WeakMap();

export default function ({ data, parentElement, setTriggerValue }) {
  loops.get(parentElement)?.();
  const [text, bar, fill] = [".text", ".bar", ".fill"].map((part) => parentElement.querySelector(part));
  const address = new URL(`/${data.address}`, document.baseURI);
  let timer;
  let stopped = false;

  const draw = ({ done, what }) => {
    text.textContent = what && what !== data.label ? `${data.label}: ${what}` : data.label;
    bar.setAttribute("aria-label", data.label);
    bar.setAttribute("aria-valuenow", Math.round(100 * done));
    fill.style.width = `${100 * done}%`;
  };

  const ask = async () => {
    try {
      const answer = await fetch(address, { cache: "no-store" });
      if (stopped) return;
      // Gone: the page was run again, or the study was closed.
      if (answer.status === 404) return;
      const state = await answer.json();
      if (stopped) return;
      draw(state);
      if (state.over) {
        setTriggerValue("over", true);
        return;
      }
    } catch {
      // The server does not answer for the moment.
    }
    if (!stopped) timer = setTimeout(ask, EVERY_MS);
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
