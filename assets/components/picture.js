// A picture on which the reader points at a place; hands back (row, column) as shares of its height and width.
export default function ({ data, parentElement, setTriggerValue }) {
  const image = parentElement.querySelector("img");
  image.src = data.src;
  image.alt = data.alt;
  image.onclick = (event) => {
    const box = image.getBoundingClientRect();
    setTriggerValue("point", [(event.clientY - box.top) / box.height, (event.clientX - box.left) / box.width]);
  };
}
