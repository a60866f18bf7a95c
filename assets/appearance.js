// Light or dark: remembered in this browser, else what the system (or JupyterLab) prefers. One property, color-scheme, on <html>
// of our own page, or on the outermost element of ours where the page belongs to somebody else.
const KEY = "cygnet-appearance"

const remembered = () => {
  try {
    return localStorage.getItem(KEY)
  } catch {
    return null // storage is forbidden in this frame
  }
}
const preferred = () => {
  const lab = document.body.dataset.jpThemeLight
  if (lab !== undefined) return lab === "false"
  return matchMedia("(prefers-color-scheme: dark)").matches
}
const outermost = (node) => {
  if (document.documentElement.hasAttribute("data-cygnet")) return document.documentElement
  let host = node.getRootNode().host
  while (host?.getRootNode().host) host = host.getRootNode().host
  return host
}

export function render({ model }) {
  const button = document.createElement("button")
  button.type = "button"
  const apply = (dark) => {
    const root = outermost(button)
    if (root) root.style.colorScheme = dark ? "dark" : "light"
    button.textContent = dark ? "Light" : "Dark"
    button.title = `Switch to ${dark ? "light" : "dark"} colours`
    if (model.dark !== dark) model.dark = dark
  }
  const kept = remembered()
  let dark = kept ? kept === "dark" : preferred()
  button.addEventListener("click", () => {
    dark = !dark
    try {
      localStorage.setItem(KEY, dark ? "dark" : "light")
    } catch {
      // not remembered, but switched
    }
    apply(dark)
  })
  model.on("mounted", () => apply(dark))
  model.on("after_render", () => apply(dark))
  button.textContent = dark ? "Light" : "Dark"
  return button
}
