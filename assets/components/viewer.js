// Loads the viewer's bundle. A component's script comes from a blob, so the address must be absolute.
export default function (component) {
  let ended = false;
  let end = () => {};
  import(new URL("/viewer/viewer.js?VERSION", document.baseURI).href).then(({ show }) => {
    if (!ended) end = show(component);
  });
  return () => {
    ended = true;
    end();
  };
}
