// The viewer as a Streamlit component. Streamlit calls `show` after every run of the page; the viewer is made once.
import type { Component } from "./data";
import style from "./style.css?inline";
import { html } from "./dom";
import { Viewer } from "./viewer";

const viewers = new WeakMap<Node, Viewer>();

export function show(component: Component): () => void {
  const place = component.parentElement;
  let viewer = viewers.get(place);
  if (!viewer) {
    viewer = new Viewer();
    viewers.set(place, viewer);
    place.append(html("style", {}, style), viewer.root);
  }
  viewer.update(component);
  return () => {
    // Streamlit may call this between two runs of the page as well: only what has left the page ends.
    window.setTimeout(() => {
      const there = viewers.get(place);
      if (!there || there.root.isConnected) return;
      viewers.delete(place);
      there.end();
    });
  };
}
