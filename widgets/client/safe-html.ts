/** Where SVG elements live. */
const svgSpace = "http://www.w3.org/2000/svg";
/** More than any view has; a page with more would stand still. */
const mostBytes = 4 * 1024 * 1024;
const mostNodes = 60_000;

const words = (text: string) => new Set(text.split(" "));

/** What views consist of. Nothing here runs, loads, links, or takes input. */
const elements = words(
  "div p span b strong i em small sub sup code pre br hr ul ol li dl dt dd h3 h4 h5 figure figcaption " +
    "details summary table caption colgroup col thead tbody tfoot tr th td img picture source bdi progress meter " +
    "svg g title desc path line polyline polygon rect circle ellipse text tspan image",
);
const attributes = words(
  "class style title alt role width height scope colspan rowspan value max min low high optimum open dir lang tabindex start " +
    "viewBox preserveAspectRatio transform d x y x1 x2 y1 y2 dx dy cx cy r rx ry points fill fill-opacity stroke " +
    "stroke-width stroke-opacity stroke-dasharray stroke-linejoin stroke-linecap opacity text-anchor dominant-baseline " +
    "font-size font-weight font-family aria-label aria-hidden aria-level src href srcset media",
);
/** No `position`, no `z-index`: a view stays in its place. */
const properties = words(
  "background background-color color opacity fill stroke font-size font-weight font-family width max-width min-width height " +
    "max-height display flex gap vertical-align text-align margin margin-top margin-right margin-bottom margin-left padding padding-left border " +
    "border-radius border-bottom white-space overflow-x overflow-y overflow-wrap image-rendering text-decoration unicode-bidi direction",
);
const functions = words("var rgb rgba hsl hsla calc min max clamp repeat");

/**
 * Makes the HTML of an output into nodes that cannot do anything: only the elements, attributes and styles that views use are
 * copied, pictures only as data. Nothing when it is more than a page can take.
 *
 * The text is read in a document of its own in which nothing runs and nothing loads.
 */
export function safeNodes(html: string): DocumentFragment | undefined {
  if (html.length > mostBytes) return undefined;
  const { body } = new DOMParser().parseFromString(html, "text/html");
  const made = document.createDocumentFragment();
  let left = mostNodes;
  const copyChildren = (from: Node, to: Node): void => {
    for (const child of from.childNodes) {
      if (left-- <= 0) return;
      if (child.nodeType === Node.TEXT_NODE) to.appendChild(document.createTextNode(child.nodeValue ?? ""));
      if (!(child instanceof Element) || !elements.has(child.localName)) continue;
      const copy =
        child.namespaceURI === svgSpace
          ? document.createElementNS(svgSpace, child.localName)
          : document.createElement(child.localName);
      for (const { name, value } of child.attributes) setAttribute(copy, name, value);
      copyChildren(child, copy);
      to.appendChild(copy);
    }
  };
  copyChildren(body, made);
  return left > 0 ? made : undefined;
}

function setAttribute(element: Element, name: string, value: string): void {
  if (!attributes.has(name)) return;
  switch (name) {
    case "style":
      element.setAttribute(name, safeStyle(value));
      return;
    case "class":
      // Names with hyphens are the application's: some of them act when they are clicked.
      element.setAttribute(
        name,
        value
          .split(/\s+/)
          .filter(one => /^[a-z][a-z0-9]{0,11}$/.test(one))
          .join(" "),
      );
      return;
    case "src":
    case "href":
      if (/^data:image\/(png|apng|jpeg|gif|webp|svg\+xml)[;,]/i.test(value)) element.setAttribute(name, value);
      return;
    case "srcset":
      // One picture: a second address would stand behind a comma or a space.
      if (/^data:image\/a?png;base64,[\w+/=]+$/i.test(value)) element.setAttribute(name, value);
      return;
    case "media":
      if (value === "(prefers-reduced-motion: reduce)") element.setAttribute(name, value);
      return;
    case "tabindex":
      if (value === "0") element.setAttribute(name, value);
      return;
    case "title":
    case "alt":
    case "aria-label":
      element.setAttribute(name, value);
      return;
    default:
      if (/^[\w\s.,%#()+-]*$/.test(value) && !/url\s*\(/i.test(value)) element.setAttribute(name, value);
  }
}

/** The declarations of a style that only colour and measure. */
function safeStyle(text: string): string {
  return text
    .split(";")
    .filter(declaration => {
      const [, name = "", value = ""] = /^\s*([a-z-]+)\s*:([^:\\"'@<>]*)$/.exec(declaration) ?? [];
      return properties.has(name) && [...value.matchAll(/([\w-]*)\s*\(/g)].every(call => functions.has(call[1]!));
    })
    .join(";");
}
