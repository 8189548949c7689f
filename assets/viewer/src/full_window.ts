// Lets the viewer cover the browser window. A popover lies above the whole page, whatever contains the viewer, and its
// elements stay where they are, so that no pane has to be loaded again.

export class FullWindow {
  private readonly abort = new AbortController();

  /** `focus` gives the focus back to the viewer where the keyboard would leave it for the covered page. */
  constructor(private readonly root: HTMLElement, private readonly focus: () => void) {
    root.addEventListener("focusout", ({ relatedTarget }) => {
      if (!this.on || !relatedTarget || root.contains(relatedTarget as Node)) return;
      // After the browser has moved the focus: browsers differ in what a change before that does.
      window.setTimeout(() => this.on && this.focus());
    }, { signal: this.abort.signal });
  }

  get on(): boolean {
    return this.root.classList.contains("full-window");
  }

  set on(on: boolean) {
    if (on === this.on) return;
    this.root.classList.toggle("full-window", on);
    if (on) {
      this.root.popover = "manual";
      this.root.showPopover();
    } else {
      if (this.root.isConnected) this.root.hidePopover();
      this.root.popover = null;
    }
  }

  end(): void {
    this.abort.abort();
  }
}
