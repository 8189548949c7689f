// Messages to Python: sent when nothing on the page can be lost by the run that they start.
import type { Component } from "./data";
import { debounced } from "./dom";

const DELAY_MS = 250;
/** For this long after a press outside the viewer its page may be about to go. */
const LEAVING_MS = 1000;
const PRESSES = ["pointerdown", "keydown"] as const;

export class Reporter {
  component: Component | null = null;
  private readonly reported = new Map<string, string>();
  private pressedOutside = -LEAVING_MS;

  /** `collect` gives the values by name, `store` keeps what the tab remembers. */
  constructor(
    private readonly root: HTMLElement, private readonly collect: () => Record<string, unknown>, private readonly store: () => void,
  ) {
    for (const name of PRESSES) document.addEventListener(name, this.onPress, { capture: true });
    window.addEventListener("beforeunload", this.onUnload);
  }

  /** Python has this value already. */
  known(name: string, value: unknown): void {
    this.reported.set(name, JSON.stringify(value));
  }

  /** Reports changed values soon; `data-reported` is "false" until then. */
  readonly report = (): void => {
    this.root.dataset.reported = "false";
    this.sendSoon();
  };

  private readonly sendSoon = debounced(DELAY_MS, (): void => {
    this.store();
    if (!this.root.isConnected) return;
    if (this.pageMayTurn) this.sendSoon();
    else this.send();
  });

  /**
   * Streamlit runs a value that arrives after the click that turns the page for the previous page, and clears the new
   * one; and it loses a click that arrives together with a value. So nothing is reported around a press outside.
   */
  private get pageMayTurn(): boolean {
    const app = document.querySelector("[data-test-script-state]")?.getAttribute("data-test-script-state");
    return performance.now() - this.pressedOutside < LEAVING_MS || (app ?? "notRunning") !== "notRunning";
  }

  private send(): void {
    for (const [name, value] of Object.entries(this.collect())) {
      const text = JSON.stringify(value);
      if (this.reported.get(name) === text) continue;
      this.reported.set(name, text);
      this.component?.setStateValue(name, value);
    }
    this.root.dataset.reported = "true";
  }

  private readonly onPress = (event: Event): void => {
    if (!event.composedPath().includes(this.root)) this.pressedOutside = performance.now();
  };

  /** The page is reloaded or left: the last moment in which Python receives anything. */
  private readonly onUnload = (): void => {
    this.store();
    if (this.root.isConnected && this.component) this.send();
  };

  end(): void {
    for (const name of PRESSES) document.removeEventListener(name, this.onPress, { capture: true });
    window.removeEventListener("beforeunload", this.onUnload);
  }
}
