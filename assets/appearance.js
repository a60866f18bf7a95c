// One property, color-scheme, on <html> of our own page, or on the outermost element of ours where the page belongs to somebody
// else. What is chosen here stands until it is what is around anyway, which is then followed again.
const outermost = (node) => {
  if (document.documentElement.hasAttribute("data-cygnet")) return document.documentElement
  let host = node.getRootNode().host
  while (host?.getRootNode().host) host = host.getRootNode().host
  return host
}

export function render({ model }) {
  const button = document.createElement("button")
  button.type = "button"
  let choice = chosen()
  const show = () => {
    const dark = isDark(choice)
    const root = outermost(button)
    if (root) root.style.colorScheme = dark ? "dark" : "light"
    button.textContent = dark ? "Light" : "Dark"
    button.title = `Switch to ${dark ? "light" : "dark"} colours`
    if (model.dark !== dark) model.dark = dark
  }
  button.addEventListener("click", () => {
    const dark = !isDark(choice)
    choice = dark === darkAround() ? null : dark ? "dark" : "light"
    try {
      choice ? localStorage.setItem(KEY, choice) : localStorage.removeItem(KEY)
    } catch {
      // not remembered, but switched
    }
    show()
  })
  const around = new MutationObserver(show)
  const leave = () => {
    around.disconnect()
    system.removeEventListener("change", show)
  }
  for (const body of bodies()) around.observe(body, { attributes: true, attributeFilter: ["data-jp-theme-light"] })
  system.addEventListener("change", show)
  // JupyterLab outlives this frame, which it would keep.
  window.addEventListener("pagehide", leave, { once: true })
  model.on("mounted", show)
  model.on("after_render", show)
  model.on("remove", leave)
  button.textContent = isDark(choice) ? "Light" : "Dark"
  return button
}
