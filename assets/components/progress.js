// The progress of one job, asked for over HTTP until it is over. Then the page is told once, and shows the result.
const EVERY_MS = 250;

// Every run of the page calls this anew; the bar stays the same element, and one loop at a time asks.
const loops = new WeakMap();

const build = (parentElement) => {
  const [text, bar, fill] = ["div", "div", "div"].map((tag) => document.createElement(tag));
  text.className = "text";
  bar.className = "bar";
  bar.setAttribute("role", "progressbar");
  bar.setAttribute("aria-valuemin", "0");
  bar.setAttribute("aria-valuemax", "100");
  bar.append(fill);
  parentElement.replaceChildren(text, bar);
  return { text, bar, fill };
};

export default function ({ data, parentElement, setTriggerValue }) {
  loops.get(parentElement)?.stop();
  const parts = loops.get(parentElement)?.parts ?? build(parentElement);
  const address = new URL(`/${data.address}`, document.baseURI);
  let timer;
  let stopped = false;

  const draw = ({ done, what }) => {
    parts.text.textContent = what && what !== data.label ? `${data.label}: ${what}` : data.label;
    parts.bar.setAttribute("aria-label", data.label);
    parts.bar.setAttribute("aria-valuenow", Math.round(100 * done));
    parts.fill.style.width = `${100 * done}%`;
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
  loops.set(parentElement, { stop, parts });
  draw(data);
  ask();
  return stop;
}
