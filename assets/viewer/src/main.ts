// The viewer as a Streamlit component. Streamlit calls `show` after every run of the page; the viewer
// is created once.
import type { Component } from "./data";
import style from "./style.css?inline";
import { html } from "./dom";
import { Viewer } from "./viewer";

const viewers = new WeakMap<Node, Viewer>();

export function show(component: Component): () => void {
  const parent = component.parentElement;
  let viewer = viewers.get(parent);
  if (!viewer) {
    viewer = new Viewer();
    viewers.set(parent, viewer);
    parent.append(html("style", {}, style), viewer.root);
  }
  viewer.update(component);
  return () => {
    // Streamlit calls this between two runs of the page as well: only a viewer that has left the page ends.
    window.setTimeout(() => {
      const left = viewers.get(parent);
      if (!left || left.root.isConnected) return;
      viewers.delete(parent);
      left.end();
    });
  };
}
