// The first thing drawn of a view in a notebook: tells Python that the browser is ready (again, after a reload), and takes on the
// colours of JupyterLab, VS Code or Voila around it. Until Python answers it says what is going on.
const PATIENCE = 15000
const TOLD = { dead: "This view is not live any more: run the cell again.", stopped: "Stopped. Run the cell again to go on." }

const darkAround = () => {
  const { jpThemeLight, vscodeThemeKind } = document.body.dataset
  if (jpThemeLight !== undefined) return jpThemeLight === "false"
  if (vscodeThemeKind !== undefined) return !vscodeThemeKind.endsWith("light")
  return matchMedia("(prefers-color-scheme: dark)").matches
}
const outermost = (node) => {
  let host = node.getRootNode().host
  while (host?.getRootNode().host) host = host.getRootNode().host
  return host
}

export function render({ model, view }) {
  const line = document.createElement("div")
  line.setAttribute("role", "status")
  const page = view.model.document
  const colours = new MutationObserver(() => dress())
  const dress = () => {
    const root = outermost(line)
    if (!root) return
    root.style.colorScheme = darkAround() ? "dark" : "light"
    // Keys typed here are ours: JupyterLab would cut cells and more at a single letter.
    root.setAttribute("data-lm-suppress-shortcuts", "true")
    if (model.dark !== darkAround()) model.dark = darkAround()
  }
  let late, again
  let knocks = 0
  const answered = () => model.answered.split(".")[0] === page.cygnet
  // Knocks until it is opened: while a kernel starts, what is said first can get lost.
  const knock = () => {
    if (answered() || model.answered === "stopped") return
    model.drawn = `${page.cygnet}.${knocks++}`
    again = setTimeout(knock, 3000)
  }
  const tell = () => {
    clearTimeout(late)
    line.hidden = answered()
    line.textContent = model.answered === "stopped" ? TOLD.stopped : "Opening…"
    if (!answered() && model.answered !== "stopped") late = setTimeout(() => (line.textContent = TOLD.dead), PATIENCE)
  }
  const start = () => {
    hush(page)
    // One name per drawn document: a page that was reloaded has nothing of what was sent to the former one.
    page.cygnet ??= Math.random().toString(36).slice(2)
    dress()
    tell()
    clearTimeout(again)
    knock()
  }
  model.on("answered", tell)
  model.on("after_render", start)
  model.on("remove", () => {
    colours.disconnect()
    clearTimeout(late)
    clearTimeout(again)
  })
  colours.observe(document.body, { attributes: true, attributeFilter: ["data-jp-theme-light", "data-vscode-theme-kind"] })
  return line
}
