// Two maps in one pane: a swipe between them, or one after the other.
import type { ViewerData } from "./data";
import { nextMap } from "./layout";
import type { Pane, Shared } from "./pane";

const BLINK_MS = 700;

export class MapComparing {
  private blink = 0;

  constructor(private readonly shared: Shared, private readonly refresh: () => void, private readonly redraw: () => void) {}

  get swiping(): boolean {
    return this.shared.swipe !== null;
  }

  setSwipe(fraction: number): void {
    this.shared.swipe = fraction;
    this.redraw();
  }

  /** Begins one way to compare, or ends it where it goes on already. */
  compare(how: "swipe" | "blink"): void {
    const { swiping, blink } = this;
    window.clearInterval(blink);
    [this.blink, this.shared.blinked, this.shared.swipe] = [0, false, null];
    if (how === "swipe" && !swiping) this.shared.swipe = 0.5;
    if (how === "blink" && !blink)
      this.blink = window.setInterval(() => {
        this.shared.blinked = !this.shared.blinked;
        this.redraw();
      }, BLINK_MS);
    this.refresh();
  }

  /** Each pane shows its own map, and the next pane's map as well while two are compared. */
  show(shown: readonly Pane[], { panes, maps }: ViewerData): void {
    const own = panes.map(({ map }) => (map ? maps[map] ?? null : null));
    const comparing = this.swiping || this.blink !== 0;
    shown.forEach((pane, i) => pane.showMaps(own[i], comparing && own[i] ? nextMap(own, i) : null));
  }

  end(): void {
    window.clearInterval(this.blink);
  }
}
